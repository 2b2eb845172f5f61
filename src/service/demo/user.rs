use anyhow::Context;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use crate::{chance::Chance, clock::Clock};

/// Who signs in to the demo.
pub const EMAIL: &str = "demo@example.com";

/// Better Auth's ids and tokens have this length.
const ID_LENGTH: usize = 32;
/// Better Auth's default.
const SESSION_DAYS: i64 = 7;

/// A live session of the demo's user.
pub struct SignedIn {
    /// Its token with Better Auth's signature, as `set-auth-token` would hold it.
    pub bearer: String,
}

/// Makes the user, if there is none yet, with this password, and a new session.
pub async fn sign_in(
    database: &DatabaseConnection,
    secret: &str,
    password: &str,
) -> anyhow::Result<SignedIn> {
    let now = Clock::System.now();
    let user = match user(database).await? {
        Some(id) => id,
        None => create_user(database, password, now).await.context("the demo's user")?,
    };
    let token = session(database, user, now).await.context("the demo's session")?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, token.as_bytes()));
    Ok(SignedIn { bearer: format!("{token}.{signature}") })
}

async fn user(database: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let sql = r#"SELECT "id" FROM "user" WHERE "email" = ?"#;
    let found = database.query_one_raw(statement(sql, [EMAIL.into()])).await?;
    found.map(|row| row.try_get_by_index(0)).transpose()
}

async fn create_user(
    database: &DatabaseConnection,
    password: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<String> {
    let (id, now) = (random_text(ID_LENGTH), date(now));
    let sql = r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                 VALUES (?, 'Demo User', ?, 1, ?, ?)"#;
    execute(database, sql, [id.clone(), EMAIL.into(), now.clone(), now.clone()]).await?;
    let sql = r#"INSERT INTO "account"
                 ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
                 VALUES (?, ?, 'credential', ?, ?, ?, ?)"#;
    let account = [random_text(ID_LENGTH), id.clone(), id.clone(), hash(password)?, now.clone(), now];
    execute(database, sql, account).await?;
    Ok(id)
}

async fn session(database: &DatabaseConnection, user: String, now: DateTime<Utc>) -> anyhow::Result<String> {
    // What earlier runs left behind.
    execute(database, r#"DELETE FROM "session" WHERE "expiresAt" < ?"#, [date(now)]).await?;
    let token = random_text(ID_LENGTH);
    let expires = date(now + TimeDelta::days(SESSION_DAYS));
    let sql = r#"INSERT INTO "session"
                 ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
                 VALUES (?, ?, ?, ?, ?, ?, '127.0.0.1', 'demo')"#;
    execute(database, sql, [random_text(ID_LENGTH), token.clone(), user, expires, date(now), date(now)])
        .await?;
    Ok(token)
}

async fn execute<const N: usize>(
    database: &DatabaseConnection,
    sql: &str,
    values: [String; N],
) -> Result<(), DbErr> {
    database.execute_raw(statement(sql, values.map(Value::from))).await.map(drop)
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// As Better Auth stores dates in SQLite.
fn date(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// As Better Auth stores passwords: `salt:key` in hexadecimal. It is the salt's text that salts, not what it encodes.
fn hash(password: &str) -> anyhow::Result<String> {
    const LOG_N: u8 = 14;
    const R: u32 = 16;
    const P: u32 = 1;
    let salt = hex(&Chance::SYSTEM.bytes::<16>());
    let mut key = [0; 64];
    scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &scrypt::Params::new(LOG_N, R, P)?, &mut key)?;
    Ok(format!("{salt}:{}", hex(&key)))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

/// ASCII letters and digits, each as likely as any other.
pub fn random_text(length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Six bits; 62 and 63 are thrown again.
        if let Some(letter) = ALPHABET.get(usize::from(Chance::SYSTEM.bytes::<1>()[0] >> 2)) {
            text.push(char::from(*letter));
        }
    }
    text
}
