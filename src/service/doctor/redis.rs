//! The Redis in which Better Auth keeps its sessions: whether it can be read, and whether they are found there.

use std::{collections::BTreeSet, time::Duration};

use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::time::timeout;

use super::finding::{Area, Finding};
use crate::{
    config::Config,
    credential::Credential,
    error::Unverified,
    strategy::{SecondaryStorage, Strategy},
};

const URL: &str = "secondary_storage.url";
const PREFIX: &str = "secondary_storage.key_prefix";
const TIMEOUT: Duration = Duration::from_secs(5);
/// What the key of a user's list of sessions begins with, behind the prefix of all keys.
const LIST: &str = "active-sessions-";
/// Keys that are looked through at most, in steps that do not hold Redis up.
const STEPS: usize = 200;
const STEP: usize = 500;
/// Prefixes that are shown at most.
const MAX_SHOWN: usize = 3;
/// Lists that are looked into at most.
const MAX_LISTS: usize = 5;

/// Looks for sessions as the strategy does. Only reads.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let section = &config.kinds.secondary_storage;
    let Some(url) = section.url.as_ref().map(ExposeSecret::expose_secret) else { return Vec::new() };
    let place = place(url);
    let mut connection = match timeout(TIMEOUT, connect(url)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return vec![unreachable(&place, &error)],
        Err(_) => {
            return vec![
                Finding::broken(Area::Redis, format!("{place}: no answer within {TIMEOUT:?}"))
                    .key(URL)
                    .remedy(format!(
                        "Look whether host and port of {URL} are right, and whether it takes TLS (rediss://)"
                    )),
            ];
        }
    };
    let mut findings = vec![Finding::fine(Area::Redis, format!("{place} answers")).key(URL)];
    match timeout(TIMEOUT * 2, of_lists(config, &place, &mut connection)).await {
        Ok(Ok(finding)) => findings.push(finding),
        Ok(Err(error)) => findings.push(not_listed(&error.to_string())),
        Err(_) => findings.push(not_listed("no answer in time")),
    }
    findings
}

async fn connect(url: &str) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT));
    let mut connection = Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await?;
    // As every look-up does.
    redis::cmd("GET").arg("").query_async::<Option<Vec<u8>>>(&mut connection).await?;
    Ok(connection)
}

/// Without the account.
fn place(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return "Redis".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("Redis at {}{port}{}", url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'))
}

fn unreachable(place: &str, error: &RedisError) -> Finding {
    let remedy = match error.code() {
        _ if error.kind() == ErrorKind::AuthenticationFailed || error.code() == Some("NOAUTH") => {
            format!("Put user and password into {URL}: redis://user:password@host:port")
        }
        Some("NOPERM") => {
            "Let this user read: ACL SETUSER NAME ~* +get +scan +client|tracking +ping, and +info for doctor"
                .to_owned()
        }
        _ if error.is_io_error() => {
            format!(
                "Start Redis, or put into {URL} the host and port at which this machine reaches it (rediss:// for TLS)"
            )
        }
        _ => format!("Try {URL} with redis-cli on this machine"),
    };
    Finding::broken(Area::Redis, format!("{place} cannot be read: {error}")).key(URL).remedy(remedy)
}

fn not_listed(reason: &str) -> Finding {
    Finding::unknown(Area::Redis, format!("the keys of Redis cannot be looked through: {reason}"))
        .key(PREFIX)
        .remedy("Give doctor a live session cookie on standard input: then it looks for that session alone")
}

/// The keys of some users' lists of sessions that match a pattern.
async fn lists(pattern: &str, connection: &mut MultiplexedConnection) -> RedisResult<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut cursor = 0_u64;
    for _ in 0..STEPS {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
        let (next, keys): (u64, Vec<Vec<u8>>) = scan.query_async(connection).await?;
        found.extend(keys.into_iter().filter_map(|key| String::from_utf8(key).ok()));
        cursor = next;
        if cursor == 0 || found.len() > STEP {
            break;
        }
    }
    Ok(found)
}

/// Several apps may share a Redis: only where no list is below the own prefix, others are looked for.
async fn of_lists(
    config: &Config,
    place: &str,
    connection: &mut MultiplexedConnection,
) -> RedisResult<Finding> {
    let prefix = &config.kinds.secondary_storage.key_prefix;
    let ours = lists(&format!("{}{LIST}*", literally(prefix)), connection).await?;
    if ours.is_empty() {
        let all = lists(&format!("*{LIST}*"), connection).await?;
        let others: BTreeSet<_> = all.iter().filter_map(|key| Some(key.split_once(LIST)?.0)).collect();
        return Ok(if others.is_empty() {
            none(place, connection).await
        } else {
            other_prefixes(prefix, &others)
        });
    }
    let found = "Better Auth's lists of sessions are found, and no live session behind them";
    let none_alive =
        Finding::unknown(Area::Redis, found).key(PREFIX).remedy("Sign somebody in and run doctor again");
    let Ok(strategy) = config.kinds.secondary_storage.strategy(config) else { return Ok(none_alive) };
    let strategy = strategy.with_raw_tokens(true);
    for key in ours.into_iter().take(MAX_LISTS) {
        let list: RedisResult<Option<String>> = redis::cmd("GET").arg(key).query_async(connection).await;
        for token in list.ok().flatten().map(|list| tokens(&list)).unwrap_or_default() {
            if let Some(finding) = of_session(&strategy, &token).await {
                return Ok(finding);
            }
        }
    }
    Ok(none_alive)
}

/// A text as a pattern of Redis that fits nothing else.
fn literally(text: &str) -> String {
    let escaped = |letter: char| matches!(letter, '*' | '?' | '[' | ']' | '^' | '-' | '\\').then_some('\\');
    text.chars().flat_map(|letter| escaped(letter).into_iter().chain([letter])).collect()
}

/// What the strategy makes of a session that is there; nothing where it has just ended.
async fn of_session(strategy: &SecondaryStorage, token: &str) -> Option<Finding> {
    match strategy.verify(&Credential::bearer(token)).await {
        Ok(_) => Some(Finding::fine(Area::Redis, "Better Auth's sessions are found, and can be read").key(PREFIX)),
        Err(Unverified::Refused(_)) => None,
        Err(error) => Some(
            Finding::broken(Area::Redis, format!("a session cannot be read: {error}"))
                .key(PREFIX)
                .remedy(
                    "Let `set` of Better Auth's secondaryStorage write the text that it is given as it is, and `get` return \
                     it so; and let nobody else write below this prefix",
                ),
        ),
    }
}

/// They may be another app's: its own may not have signed anybody in yet.
fn other_prefixes(prefix: &str, others: &BTreeSet<&str>) -> Finding {
    let shown: Vec<_> = others.iter().take(MAX_SHOWN).map(|other| format!("{other:?}")).collect();
    let shown = shown.join(" or ");
    Finding::warning(
        Area::Redis,
        format!("no session is found below {prefix:?}, where they are looked for, and some are below {shown}"),
    )
    .key(PREFIX)
    .expected(format!("the prefix of this Better Auth, perhaps {shown}"))
    .remedy(format!(
        "If your users are signed in, each is refused: set {PREFIX} to the prefix that Better Auth's client puts before its keys. If \
         those sessions are another app's, sign somebody in and run doctor again"
    ))
}

/// There is no list at all: perhaps another of this Redis' databases has them.
async fn none(place: &str, connection: &mut MultiplexedConnection) -> Finding {
    let info: RedisResult<String> = redis::cmd("INFO").arg("keyspace").query_async(connection).await;
    let info = info.unwrap_or_default();
    let size: RedisResult<u64> = redis::cmd("DBSIZE").query_async(connection).await;
    let others: Vec<_> = info.lines().filter_map(|line| line.strip_prefix("db")?.split_once(':')).collect();
    let finding = Finding::unknown(Area::Redis, format!("{place} holds no session of Better Auth")).key(URL);
    if size.is_ok_and(|size| size == 0)
        && let Some((number, _)) = others.first()
    {
        return Finding::broken(
            Area::Redis,
            format!("{place} is empty, and database {number} of that Redis is not"),
        )
        .key(URL)
        .expected("the database that Better Auth writes to")
        .remedy(format!("End {URL} with /{number}, if that is what Better Auth's client is told"));
    }
    finding.remedy(
        "Sign somebody in and run doctor again. If it stays so, Better Auth keeps its sessions elsewhere: in its database (no \
         `secondaryStorage`), or in another Redis",
    )
}

/// The tokens in a user's list. A storage written by hand may hold that text as JSON once more.
fn tokens(list: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Entry {
        token: String,
    }

    let inner: Option<String> = serde_json::from_str(list).ok();
    let entries: Vec<Entry> = serde_json::from_str(inner.as_deref().unwrap_or(list)).unwrap_or_default();
    entries.into_iter().map(|entry| entry.token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_not_shown() {
        assert_eq!(place("redis://user:hunter2@cache.example:6380/3"), "Redis at cache.example:6380/3");
        assert_eq!(place("redis://localhost"), "Redis at localhost");
    }

    #[test]
    fn a_prefix_is_no_pattern() {
        assert_eq!(literally("app:"), "app:");
        assert_eq!(literally("a*[b]?\\-"), "a\\*\\[b\\]\\?\\\\\\-");
    }

    #[test]
    fn lists_are_read_once_or_twice_wrapped() {
        let list = r#"[{"token":"a","expiresAt":1},{"token":"b","expiresAt":2}]"#;
        assert_eq!(tokens(list), ["a", "b"]);
        assert_eq!(tokens(&serde_json::Value::from(list).to_string()), ["a", "b"]);
        assert!(tokens("hush").is_empty());
    }
}
