//! Better Auth's tables in a SQLite file, with users and sessions, and tokens signed as Better Auth signs them.

use std::path::Path;

use aws_lc_rs::hmac;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use better_auth_verifier_migration::{Migrator, MigratorTrait, better_auth};
use chrono::{SecondsFormat, TimeDelta, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::{ConnectionTrait, Database};

pub const SECRET: &str = "a-secret-of-the-tests-0123456789-abcdef";

/// Sessions of two users, one of them without anything that may be absent; and one session that is over.
pub const ANN: &str = "AnnsTokenAnnsTokenAnnsTokenAnnsT";
pub const BOB: &str = "BobsTokenBobsTokenBobsTokenBobsT";
pub const EXPIRED: &str = "OldTokenOldTokenOldTokenOldToken";

/// Where Ann's picture is.
pub const IMAGE: &str = "https://example.test/ann.png";

/// `auth.db` and `todos.db` in `folder`.
pub fn create_databases(folder: &Path) {
    block_on(async {
        let url = |name: &str| format!("sqlite://{}?mode=rwc", folder.join(name).display());
        let auth = Database::connect(url("auth.db")).await.expect("a database");
        better_auth::create_tables(&auth).await.expect("tables");
        auth.execute_unprepared(&rows()).await.expect("rows");
        let todos = Database::connect(url("todos.db")).await.expect("a database");
        Migrator::up(&todos, None).await.expect("tables");
    });
}

fn rows() -> String {
    let at = |hours| (Utc::now() + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let (past, now, future) = (at(-1), at(0), at(1));
    format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt") values
             ('ann', 'Ann', 'ann@example.test', 1, '{IMAGE}', '{now}', '{now}'),
             ('bob', 'Bob', 'bob@example.test', 0, null, '{now}', '{now}');
           insert into "session" ("id", "userId", "token", "expiresAt", "createdAt", "updatedAt") values
             ('s1', 'ann', '{ANN}', '{future}', '{now}', '{now}'),
             ('s2', 'bob', '{BOB}', '{future}', '{now}', '{now}'),
             ('s3', 'bob', '{EXPIRED}', '{past}', '{now}', '{now}');"#
    )
}

/// Changes Better Auth's tables in `folder`.
pub fn execute(folder: &Path, sql: &str) {
    execute_in(folder, "auth.db", sql);
}

/// Changes a database in `folder`.
pub fn execute_in(folder: &Path, file: &str, sql: &str) {
    block_on(async {
        let url = format!("sqlite://{}", folder.join(file).display());
        let auth = Database::connect(url).await.expect("a database");
        auth.execute_unprepared(sql).await.expect("good SQL");
    });
}

/// A cookie cache of a user who stands in no table, for a session with this token.
pub fn cookie_cache(token: &str) -> String {
    let encode = |octets: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(octets);
    let now = Utc::now();
    let (soon, end) = (now + TimeDelta::minutes(5), now + TimeDelta::days(7));
    let (soon, end) = (soon.timestamp_millis(), end.to_rfc3339_opts(SecondsFormat::Millis, true));
    let content = format!(
        r#""session":{{"id":"s9","token":"{token}","expiresAt":"{end}"}},"user":{{"id":"cached","name":"Cached"}}"#
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, format!(r#"{{{content},"expiresAt":{soon}}}"#).as_bytes());
    let signature = encode(signature.as_ref());
    encode(format!(r#"{{"session":{{{content}}},"expiresAt":{soon},"signature":"{signature}"}}"#).as_bytes())
}

/// `<token>.<signature>`
pub fn signed(token: &str) -> String {
    signed_with(SECRET, token)
}

pub fn signed_with(secret: &str, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{token}.{}", BASE64_STANDARD.encode(hmac::sign(&key, token.as_bytes())))
}

/// The value of an `Authorization` header.
pub fn bearer(token: &str) -> String {
    format!("Bearer {}", signed(token))
}

/// The value of a `Cookie` header.
pub fn cookie(token: &str) -> String {
    format!("better-auth.session_token={}", utf8_percent_encode(&signed(token), NON_ALPHANUMERIC))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
