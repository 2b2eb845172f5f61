//! A Redis that does not answer, or not as Better Auth's would: nobody is refused for it, and nobody let in.

use std::time::{Duration, Instant};

use better_auth_verifier::{Cached, Chain, Credential, SecondaryStorage, Unverified, revocation::Hearing};
#[cfg(feature = "session-table")]
use better_auth_verifier::{
    Guarded, SessionTable,
    database::{self, Access},
};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::parts::{
    bearer, chain,
    cookie_cache::{SECRET, TOKEN, content, signed},
    outcome,
    redis::{Redis, Reply},
};

const TIMEOUT: Duration = Duration::from_millis(500);
/// A busy machine may be late, but not by so much.
const LATEST: Duration = Duration::from_secs(4);

fn strategy(redis: &Redis) -> SecondaryStorage {
    SecondaryStorage::new(redis.url(), SECRET, TIMEOUT).expect("an address")
}

fn credential() -> Credential {
    bearer(&signed(SECRET, TOKEN))
}

async fn judge(chain: &Chain) -> String {
    outcome(chain, &credential()).await
}

/// The entry of a session with what Better Auth writes beside it.
fn entry() -> Value {
    let mut entry = content();
    entry["session"]["createdAt"] = json!((Utc::now() - TimeDelta::minutes(1)).to_rfc3339());
    entry
}

fn values(entry: &str, marker: Option<&str>) -> Vec<(String, String)> {
    let marker = marker.map(|marker| ("revoked-sessions-before-ann".to_owned(), marker.to_owned()));
    [(TOKEN.to_owned(), entry.to_owned())].into_iter().chain(marker).collect()
}

async fn outcome_of(entry: &Value, marker: Option<&str>) -> String {
    let redis = Redis::start(Reply::Values(values(&entry.to_string(), marker))).await;
    judge(&chain(strategy(&redis))).await
}

#[tokio::test]
async fn a_session_is_looked_up_under_its_token_and_its_users_marker() {
    let redis = Redis::start(Reply::Values(values(&entry().to_string(), None))).await;
    assert_eq!(judge(&chain(strategy(&redis))).await, "verified ann");
    assert_eq!(redis.asked(), [TOKEN, "revoked-sessions-before-ann"]);
    assert_eq!(judge(&chain(strategy(&redis).with_key_prefix("ba:"))).await, "refused: unknown-session");
    assert_eq!(redis.asked().last().expect("a key"), &format!("ba:{TOKEN}"));
}

#[tokio::test]
async fn a_session_that_was_seen_before_takes_one_round_trip() {
    let redis = Redis::start(Reply::Values(values(&entry().to_string(), None))).await;
    // No time-out on a busy machine: what is asked a second time would count.
    let strategy = SecondaryStorage::new(redis.url(), SECRET, 10 * TIMEOUT).expect("an address");
    let chain = chain(strategy);
    assert_eq!(judge(&chain).await, "verified ann");
    assert!(redis.asked_in_one_go().is_empty());
    assert_eq!(judge(&chain).await, "verified ann");
    assert_eq!(redis.asked_in_one_go(), [TOKEN]);
    assert_eq!(redis.asked().len(), 4, "a session and a marker each time");
}

#[tokio::test]
async fn c2_whose_session_it_was_says_nothing_about_whose_it_is() {
    let redis = Redis::start(Reply::Values(values(&entry().to_string(), None))).await;
    let chain = chain(strategy(&redis));
    let mut of_bob = entry();
    of_bob["user"]["id"] = json!("bob");
    let marked = |user: &str| {
        let marker = (format!("revoked-sessions-before-{user}"), Utc::now().timestamp_millis().to_string());
        Reply::Values([(TOKEN.to_owned(), of_bob.to_string()), marker].into())
    };
    for (marker, expected) in
        [("bob", "refused: revoked"), ("ann", "verified bob"), ("bob", "refused: revoked")]
    {
        redis.replies(Reply::Values(values(&entry().to_string(), None)));
        assert_eq!(judge(&chain).await, "verified ann");
        redis.replies(marked(marker));
        assert_eq!(judge(&chain).await, expected, "{marker} is marked");
        assert_eq!(judge(&chain).await, expected, "{marker} is marked, and the owner known");
    }
}

#[tokio::test]
async fn h4_a_silent_redis_is_undecidable_within_the_timeout() {
    let halfway = Reply::ValuesOrSilence(values(&entry().to_string(), None));
    for (name, reply) in [("no answer", Reply::Hang), ("no answer about the marker", halfway)] {
        let redis = Redis::start(reply).await;
        let chain = chain(strategy(&redis));
        let begin = Instant::now();
        assert_eq!(judge(&chain).await, "undecidable", "{name}");
        assert!((TIMEOUT / 2..LATEST).contains(&begin.elapsed()), "{name}: {:?}", begin.elapsed());
        let probe = chain.probes().remove(0);
        redis.replies(Reply::Hang);
        probe.ask().await.expect_err("not ready");
        redis.replies(Reply::Values(values(&entry().to_string(), None)));
        assert_eq!(judge_until_verified(&chain).await, "verified ann", "{name}: it recovers");
        probe.ask().await.expect("ready");
    }
}

/// A connection that was given up is made anew; a request meanwhile may hear so.
async fn judge_until_verified(chain: &Chain) -> String {
    for _ in 0..10 {
        let outcome = judge(chain).await;
        if outcome != "undecidable" {
            return outcome;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    "undecidable".into()
}

/// Something else that speaks Redis' protocol may not know how to tell of changes, and says so in words of its own.
#[tokio::test]
async fn whoever_will_not_tell_of_changes_is_asked_all_the_same() {
    for (refusal, state) in [
        ("-ERR unknown subcommand 'TRACKING'\r\n", Hearing::Unsupported),
        ("-ERR Syntax error, try CLIENT LIST|INFO|GETNAME\r\n", Hearing::Unsupported),
        ("-NOPERM this user has no permissions\r\n", Hearing::Unsupported),
        ("-DENIED by a proxy\r\n", Hearing::Unsupported),
        ("-ERR max number of clients reached\r\n", Hearing::Lost),
        ("-LOADING Redis is loading the dataset in memory\r\n", Hearing::Lost),
    ] {
        let redis = Redis::start_with(Reply::Values(values(&entry().to_string(), None)), refusal).await;
        let chain = chain(Cached::new(strategy(&redis), Duration::from_hours(1), 100));
        let expected = if state == Hearing::Lost { "undecidable" } else { "verified ann" };
        assert_eq!(judge(&chain).await, expected, "{refusal}");
        let hearing = chain.probes().remove(0).freshness().feeds[0].hearing;
        assert_eq!(hearing, state, "{refusal}");
    }
}

/// The table is asked only for what Redis does not hold.
#[cfg(feature = "session-table")]
#[tokio::test]
async fn h4_while_the_table_is_away_those_whom_redis_knows_are_decided() {
    let redis = Redis::start(Reply::Values(values(&entry().to_string(), None))).await;
    let database = database::open("postgres://127.0.0.1:9/away", Access::Read, TIMEOUT).expect("an address");
    let table = SessionTable::new(database, SECRET, TIMEOUT);
    let chain = chain(Guarded::new(strategy(&redis).with_table(table), TIMEOUT));
    let unknown = bearer(&signed(SECRET, &"x".repeat(32)));
    for _ in 0..10 {
        assert_eq!(outcome(&chain, &unknown).await, "undecidable");
        assert_eq!(judge(&chain).await, "verified ann");
    }
    let Err(Unverified::Undecidable(reason)) = chain.judge(&unknown).await.verdict else { panic!("decided") };
    assert!(reason.is_outage() && !reason.is_total_outage(), "{reason}");
    chain.probes().remove(0).ask().await.expect("ready");
}

/// A router that has forgotten a connection lets the system wait for a quarter of an hour.
#[tokio::test]
async fn h4_a_connection_that_leads_nowhere_is_given_up() {
    let redis = Redis::start(Reply::Values(values(&entry().to_string(), None))).await;
    let chain = chain(strategy(&redis));
    assert_eq!(judge(&chain).await, "verified ann");
    redis.replies(Reply::Mute);
    assert_eq!(judge(&chain).await, "undecidable");
    redis.replies(Reply::Values(values(&entry().to_string(), None)));
    assert_eq!(judge_until_verified(&chain).await, "verified ann");
}

#[tokio::test]
async fn h4_a_redis_that_takes_connections_and_says_nothing_is_undecidable_within_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let chain = chain(SecondaryStorage::new(&url, SECRET, TIMEOUT).expect("an address"));
    let begin = Instant::now();
    assert_eq!(judge(&chain).await, "undecidable");
    assert!(begin.elapsed() < LATEST, "{:?}", begin.elapsed());
    // Nobody listens any more.
    drop(listener);
    let begin = Instant::now();
    assert_eq!(judge(&chain).await, "undecidable");
    assert!(begin.elapsed() < LATEST, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn h4_an_error_or_nonsense_is_undecidable_and_it_recovers() {
    for reply in [
        Reply::Bytes("-LOADING Redis is loading the dataset in memory\r\n"),
        Reply::Bytes("-NOAUTH Authentication required.\r\n"),
        Reply::Bytes("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
        Reply::Bytes("-MOVED 3999 127.0.0.1:9\r\n"),
        Reply::Bytes("-READONLY You can't write against a read only replica.\r\n"),
        Reply::Bytes("HTTP/1.1 400 Bad Request\r\n\r\n"),
        Reply::Bytes("*1\r\n$1\r\nx\r\n"),
        Reply::Bytes("$2\r\n\u{e4}\r\n"),
        Reply::Bytes(":1\r\n"),
        Reply::Close,
    ] {
        let redis = Redis::start(reply.clone()).await;
        let chain = chain(strategy(&redis));
        let name = match reply {
            Reply::Bytes(bytes) => bytes,
            _ => "hangs up",
        };
        assert_eq!(judge(&chain).await, "undecidable", "{name}");
        redis.replies(Reply::Values(values(&entry().to_string(), None)));
        assert_eq!(judge_until_verified(&chain).await, "verified ann", "{name}: it recovers");
    }
}

/// One odd key concerns whoever has it, and a server that is not ready concerns everybody.
#[tokio::test]
async fn h4_only_what_redis_says_of_itself_is_an_outage() {
    for (reply, is_outage) in [
        ("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", false),
        ("$-1\r\n", false),
        ("-LOADING Redis is loading the dataset in memory\r\n", true),
        ("-MASTERDOWN Link with MASTER is down\r\n", true),
        ("-CLUSTERDOWN The cluster is down\r\n", true),
        ("-OOM command not allowed when used memory > 'maxmemory'.\r\n", true),
        ("-ERR max number of clients reached\r\n", true),
    ] {
        let redis = Redis::start(Reply::Bytes(reply)).await;
        let verdict = chain(strategy(&redis)).judge(&credential()).await.verdict;
        let outage = match verdict.expect_err("nobody is let in") {
            Unverified::Undecidable(undecidable) => undecidable.is_outage(),
            Unverified::Refused(_) | Unverified::PassedOver(_) => false,
        };
        assert_eq!(outage, is_outage, "{reply}");
    }
}

#[tokio::test]
async fn h4_an_entry_that_better_auth_does_not_write_is_undecidable_and_stays_inside() {
    let ours = entry();
    for text in [
        String::new(),
        "hush".into(),
        "[]".into(),
        "{}".into(),
        r#"[{"token":"hush","expiresAt":32472144000000}]"#.into(),
        json!({ "user": ours["user"] }).to_string(),
        json!({ "session": "hush", "user": ours["user"] }).to_string(),
        ours.to_string().replace(r#""id":"ann""#, r#""id":["hush"]"#),
        ours.to_string().replace("expiresAt", "hush"),
        format!("{ours}hush"),
    ] {
        let redis = Redis::start(Reply::Values(values(&text, None))).await;
        match chain(strategy(&redis)).judge(&credential()).await.verdict {
            Err(error @ Unverified::Undecidable(_)) => {
                let error = format!("{error} {error:?}");
                assert!(!error.contains("hush") && !error.contains(TOKEN), "{text}: {error}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// What is wrong with one key is nobody else's outage; what is wrong with Redis is.
#[tokio::test]
async fn what_concerns_one_key_is_no_outage_and_the_state_of_redis_is() {
    for (bytes, is_outage) in [
        ("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", false),
        ("-LOADING Redis is loading the dataset in memory\r\n", true),
        ("-MASTERDOWN Link with MASTER is down\r\n", true),
        ("-NOAUTH Authentication required.\r\n", true),
    ] {
        let redis = Redis::start(Reply::Bytes(bytes)).await;
        match chain(strategy(&redis)).judge(&credential()).await.verdict {
            Err(Unverified::Undecidable(undecidable)) => {
                assert_eq!(undecidable.is_outage(), is_outage, "{bytes}");
                assert_eq!(undecidable.is_about_value(), !is_outage, "{bytes}");
            }
            other => panic!("{bytes}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_redis_does_not_hold_or_holds_of_another_session_is_refused() {
    let changed = |pointer: &str, value: Value| {
        let mut entry = entry();
        *entry.pointer_mut(pointer).expect("a member") = value;
        entry
    };
    let past = json!((Utc::now() - TimeDelta::seconds(1)).to_rfc3339());
    for (entry, expected) in [
        (json!(null), "refused: unknown-session"),
        (changed("/user", json!(null)), "refused: unknown-session"),
        (changed("/session/token", json!("SomebodyElsesTokenSomebodyElsesT")), "refused: unknown-session"),
        (changed("/session/token", json!(TOKEN.to_lowercase())), "refused: unknown-session"),
        (changed("/session/token", json!(null)), "refused: unknown-session"),
        (changed("/session/expiresAt", past), "refused: expired"),
        (changed("/user", json!({ "id": "ann", "banned": true })), "refused: banned"),
    ] {
        assert_eq!(outcome_of(&entry, None).await, expected, "{entry}");
    }
}

#[tokio::test]
async fn c2_a_session_from_before_its_users_revocation_is_refused() {
    let created = Utc::now() - TimeDelta::minutes(1);
    let mut entry = entry();
    entry["session"]["createdAt"] = json!(created.to_rfc3339());
    let mut undated = entry.clone();
    undated["session"]["createdAt"] = json!(null);
    let at = |difference: i64| (created.timestamp_millis() + difference).to_string();
    for (entry, marker, expected) in [
        (&entry, at(1000), "refused: revoked"),
        (&entry, at(-1000), "verified ann"),
        (&undated, at(-1000), "refused: revoked"),
        (&entry, "soon".into(), "undecidable"),
        (&entry, String::new(), "undecidable"),
    ] {
        assert_eq!(outcome_of(entry, Some(&marker)).await, expected, "{marker}");
    }
}

/// A token becomes a key, and there are keys that hold something else.
#[tokio::test]
async fn only_what_can_be_a_session_token_is_asked_for() {
    let redis = Redis::start(Reply::Nothing).await;
    let chain = chain(strategy(&redis).with_raw_tokens(true));
    for (credential, expected) in [
        (bearer(&signed(SECRET, "active-sessions-ann")), "refused: malformed"),
        (bearer(&signed(SECRET, "revoked-sessions-before-ann")), "refused: malformed"),
        (bearer(&signed(SECRET, &TOKEN[1..])), "refused: malformed"),
        (bearer(&signed(SECRET, &format!("{TOKEN}x"))), "refused: malformed"),
        (bearer(&signed(SECRET, &TOKEN.replace('u', "*"))), "refused: malformed"),
        (bearer("active-sessions-ann"), "refused: malformed"),
        (bearer(&signed("another", TOKEN)), "refused: bad-signature"),
        (Credential::cookie("c", TOKEN), "refused: unclaimed"),
        (Credential::api_key(signed(SECRET, TOKEN)), "refused: unclaimed"),
    ] {
        assert_eq!(outcome(&chain, &credential).await, expected, "{}", credential.token());
    }
    assert_eq!(redis.asked(), [""; 0]);
    assert_eq!(outcome(&chain, &bearer(TOKEN)).await, "refused: unknown-session");
    assert_eq!(redis.asked(), [TOKEN]);
}

#[cfg(feature = "session-table")]
#[tokio::test]
async fn the_table_is_asked_for_what_redis_does_not_hold_and_never_instead_of_it() {
    use crate::parts::session_database::SessionDatabase;

    let database = SessionDatabase::new().await;
    database.sign_in("ann", "s", TOKEN).await;
    let mut ended = entry();
    ended["session"]["expiresAt"] = json!((Utc::now() - TimeDelta::seconds(1)).to_rfc3339());
    let held = |text: String, marker| Reply::Values(values(&text, marker));
    for (name, reply, expected) in [
        ("no entry", Reply::Nothing, "verified ann"),
        ("silence", Reply::Hang, "undecidable"),
        ("an error", Reply::Bytes("-LOADING\r\n"), "undecidable"),
        ("garbage", held("garbage".into(), None), "undecidable"),
        ("an entry that has ended", held(ended.to_string(), None), "refused: expired"),
        ("a revocation", held(entry().to_string(), Some("32472144000000")), "refused: revoked"),
    ] {
        let redis = Redis::start(reply).await;
        let strategy = strategy(&redis).with_table(database.strategy(SECRET).await);
        assert_eq!(judge(&chain(strategy)).await, expected, "{name}");
    }
}
