//! A whole deployment of Better Auth in doubles, and every strategy that trusts it.

use std::time::Duration;

use better_auth_verifier::{
    AnyStrategy, GetSession, KeySource, SecondaryStorage, SessionCookieCache, SharedSecret, Strategy,
};

use super::users::{KNOWN, ban, session, token};
use crate::parts::{
    ISSUER,
    cookie_cache::{CACHE_COOKIE, SECRET, SESSION_COOKIE, signed},
    jwt,
    redis::{Redis, Reply},
    server::{Answer, Received, Server},
    session_database::SessionDatabase,
    signer::{Signer, jwks},
};

/// The secret of [`SharedSecret`], which is not Better Auth's.
pub const SHARED: &str = "a-shared-secret-of-the-tests-0123456789";

const TIMEOUT: Duration = Duration::from_secs(10);

/// A column of the table.
pub type Column = (&'static str, AnyStrategy);

pub struct Deployment {
    pub signer: Signer,
    keys: Server,
    better_auth: Server,
    database: SessionDatabase,
    redis: Redis,
}

impl Deployment {
    pub async fn start() -> Self {
        let signer = Signer::ed25519("ours");
        let entries = KNOWN.map(|user| (token(user), session(user).to_string()));
        Self {
            keys: Server::start(Answer::json(&jwks([&signer]))).await,
            signer,
            better_auth: Server::start(Answer::By(get_session)).await,
            database: database().await,
            redis: Redis::start(Reply::Values(entries.to_vec())).await,
        }
    }

    /// Every strategy of this crate, each under the title of its column. A new one joins the table by its line here.
    pub async fn strategies(&self) -> Vec<Column> {
        let keys = KeySource::new(self.keys.url("/api/auth/jwks")).expect("a client");
        let shared = SharedSecret::new(SHARED).expect("long enough").with_issuer(ISSUER);
        vec![
            column("jwt", jwt(&self.keys, Duration::ZERO)),
            column("session_cookie_cache", SessionCookieCache::new(SECRET, [CACHE_COOKIE]).with_keys(keys)),
            column("session_table", self.database.strategy(SECRET).await),
            column("secondary_storage", self.secondary_storage()),
            column("get_session", self.get_session()),
            column("get_session, secret", self.get_session().with_secrets(SECRET, [SESSION_COOKIE])),
            column("shared_secret", shared),
        ]
    }

    /// Those that can read raw session tokens, told to, each under the title of its column without.
    pub async fn with_raw_tokens(&self) -> Vec<Column> {
        let get_session = || self.get_session().with_raw_tokens(true);
        vec![
            column("session_table", self.database.strategy(SECRET).await.with_raw_tokens(true)),
            column("secondary_storage", self.secondary_storage().with_raw_tokens(true)),
            column("get_session", get_session()),
            column("get_session, secret", get_session().with_secrets(SECRET, [SESSION_COOKIE])),
        ]
    }

    fn secondary_storage(&self) -> SecondaryStorage {
        SecondaryStorage::new(self.redis.url(), SECRET, TIMEOUT).expect("an address")
    }

    fn get_session(&self) -> GetSession {
        GetSession::new(&self.better_auth.url("/api/auth"), TIMEOUT).expect("a client")
    }
}

fn column(title: &'static str, strategy: impl Strategy) -> Column {
    (title, AnyStrategy::new(strategy))
}

/// Answers as Better Auth does, but does not look at the end of a session: that is left to whoever asks.
fn get_session(received: &Received) -> Answer {
    let cookie = received.all("cookie").into_iter().filter_map(|cookie| cookie.split_once('='));
    let bearer = received.all("authorization").into_iter().filter_map(|header| header.split_once(' '));
    let presented = cookie.chain(bearer).map(|(_, token)| token).next().unwrap_or_default();
    let is_of = |user: &&str| presented == token(user) || presented == signed(SECRET, &token(user));
    let user = KNOWN.into_iter().find(is_of);
    user.map_or_else(|| Answer::Ok("null".into()), |user| Answer::json(&session(user)))
}

async fn database() -> SessionDatabase {
    let database = SessionDatabase::new().await;
    for user in KNOWN {
        database.sign_in(user, user, &token(user)).await;
        let (session, ban) = (session(user), ban(user));
        let end = session["session"]["expiresAt"].as_str().expect("a date");
        database
            .execute(&format!(r#"update "session" set "expiresAt" = '{end}' where "id" = '{user}'"#))
            .await;
        if ban["banned"] == true {
            let end = ban["banExpires"].as_str().map_or_else(|| "null".into(), |end| format!("'{end}'"));
            let set =
                format!(r#"update "user" set "banned" = 1, "banExpires" = {end} where "id" = '{user}'"#);
            database.execute(&set).await;
        }
    }
    database
}
