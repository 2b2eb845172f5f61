//! PostgreSQL tells those who listen, where its triggers are installed.

use std::{convert::Infallible, time::Duration};

use serde::Deserialize;
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection, Row,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{self, Instant, timeout};

use super::{
    FeedError,
    triggers::{ECHO, NAME, Triggers},
};
use crate::revocation::{HEARTBEAT, HEARTBEAT_TIMEOUT, LAG, Line};

/// It may be far away, and nothing remembered is used meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Echoes that may be late on a new connection before nothing is expected there any more.
const MAX_UNHEARD: u32 = 4;
const NO_TRIGGERS: &str =
    "no triggers are found; `better-auth-verifier migrate --revocation-triggers` installs them";
const NO_ECHO: &str = "no notification comes through; a pooler in transaction mode and a replica keep them back, so \
                       connect to the primary itself";
/// `read_only_sql_transaction`: on a replica nobody can listen.
const READ_ONLY: &str = "25006";

/// What a trigger says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    schema: String,
    session: Option<String>,
    user: String,
    cut_off: bool,
}

/// What a heartbeat finds out.
struct Beat {
    /// The tables' schema, if all triggers are there.
    schema: Option<String>,
    /// What it told the channel: to be heard again.
    echo: String,
}

/// Listens on a connection of its own, and tells itself something on another: through a pooler that passes nothing on it
/// would hear what it tells itself on the same one.
pub async fn listen(
    options: &PgConnectOptions,
    triggers: &Triggers,
    line: &Line,
) -> Result<Infallible, FeedError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(CONNECT_TIMEOUT)
        .connect_lazy_with(options.clone());
    let mut teller = timeout(CONNECT_TIMEOUT, options.connect()).await??;
    let mut listener = timeout(CONNECT_TIMEOUT, PgListener::connect_with(&pool)).await??;
    listener.eager_reconnect(false);
    let listening = timeout(CONNECT_TIMEOUT, listener.listen(NAME)).await?;
    listening.inspect_err(|error| {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() == Some(READ_ONLY) {
            line.unsupported(NO_ECHO);
        }
    })?;
    let (mut has_echoed, mut unheard) = (false, 0);
    loop {
        let beat = timeout(HEARTBEAT_TIMEOUT, beat(&mut teller, triggers)).await??;
        if hear_echo(&mut listener, &beat, line).await? {
            has_echoed = true;
        } else if has_echoed {
            return Err(FeedError::NoEcho);
        } else {
            unheard += 1;
            if unheard >= MAX_UNHEARD {
                line.unsupported(NO_ECHO);
            }
        }
    }
}

/// Asks whether all triggers are there and their messages get through, and tells the channel something.
async fn beat(teller: &mut PgConnection, triggers: &Triggers) -> Result<Beat, FeedError> {
    let row = sqlx::query(AssertSqlSafe(triggers.check())).fetch_one(teller).await?;
    let (found, flows): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    if found && !flows {
        return Err(FeedError::QueueIsFull);
    }
    let schema: Option<String> = row.try_get(2)?;
    Ok(Beat { schema: schema.filter(|_| found), echo: row.try_get(3)? })
}

/// Hears what is told up to the next heartbeat, and for the echo of this one somewhat longer. Says whether it came.
async fn hear_echo(listener: &mut PgListener, beat: &Beat, line: &Line) -> Result<bool, FeedError> {
    let begun = Instant::now();
    let mut echoed = false;
    loop {
        let until = begun + if echoed { HEARTBEAT } else { HEARTBEAT_TIMEOUT };
        if Instant::now() >= until {
            return Ok(echoed);
        }
        let Ok(told) = time::timeout_at(until, listener.try_recv()).await else { return Ok(echoed) };
        let notification = told?.ok_or(FeedError::Closed)?;
        match notification.payload() {
            payload if payload == beat.echo => {
                echoed = true;
                match beat.schema {
                    Some(_) => line.listening(LAG),
                    None => line.unsupported(NO_TRIGGERS),
                }
            }
            payload => hear(payload, beat.schema.as_deref(), line),
        }
    }
}

fn hear(payload: &str, schema: Option<&str>, line: &Line) {
    if payload.starts_with(ECHO) {
        return;
    }
    let Ok(message) = serde_json::from_str::<Message>(payload) else {
        // A trigger that could not say it better.
        return line.everything();
    };
    // Other deployments may live in other schemas of the same database.
    if schema != Some(&*message.schema) {
        return;
    }
    if let Some(session) = &message.session {
        line.session(session);
    }
    if message.cut_off {
        line.cut_off(&message.user);
    } else if message.session.is_none() {
        line.user(&message.user);
    }
}
