//! PostgreSQL tells those who listen, where its triggers are installed.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, PgConnection, Postgres, Row,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{self, Instant, timeout};

use super::{
    FeedError,
    triggers::{ECHO, NAME, Triggers},
};
use crate::revocation::{Feed, HEARTBEAT, HEARTBEAT_TIMEOUT, LAG};

/// It may be far away, and nothing remembered is used meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A pooler is seldom taken away while this runs.
const NEXT_LOOK: Duration = Duration::from_mins(1);
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
    /// The tables' schemas, if all triggers are there.
    schemas: Option<Vec<String>>,
    /// What it told the channel: to be heard again.
    echo: String,
    /// Who told it.
    backend: i32,
}

/// Where the triggers tell.
pub struct Channel {
    options: Arc<PgConnectOptions>,
    triggers: Triggers,
    /// Whether anything was ever heard here: then silence is a loss, and nothing that cannot be helped.
    has_echoed: AtomicBool,
}

impl Channel {
    pub fn new(options: Arc<PgConnectOptions>, triggers: Triggers) -> Self {
        Self { options, triggers, has_echoed: AtomicBool::new(false) }
    }

    /// Listens on a connection of its own, and tells itself something on another: through a pooler that passes nothing on it
    /// would hear what it tells itself on the same one.
    pub async fn listen(&self, feed: &Feed) -> Result<Infallible, FeedError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_lazy_with((*self.options).clone());
        let mut teller = timeout(CONNECT_TIMEOUT, self.options.connect()).await??;
        let mut listener = timeout(CONNECT_TIMEOUT, PgListener::connect_with(&pool)).await??;
        listener.eager_reconnect(false);
        if timeout(CONNECT_TIMEOUT, is_lent(&mut listener, &mut teller)).await?? {
            feed.unsupported(NO_ECHO);
            time::sleep(NEXT_LOOK).await;
            return Err(FeedError::Lent);
        }
        let listening = timeout(CONNECT_TIMEOUT, listener.listen(NAME)).await?;
        listening.inspect_err(|error| {
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            if code.as_deref() == Some(READ_ONLY) && !self.has_echoed() {
                feed.unsupported(NO_ECHO);
            }
        })?;
        let mut unheard = 0;
        let mut told_by = None;
        loop {
            let begun = Instant::now();
            let beat = timeout(HEARTBEAT_TIMEOUT, beat(&mut teller, &self.triggers)).await??;
            if *told_by.get_or_insert(beat.backend) != beat.backend {
                feed.unsupported(NO_ECHO);
                return Err(FeedError::Lent);
            }
            if hear_echo(&mut listener, &beat, begun, feed).await? {
                self.has_echoed.store(true, Ordering::Relaxed);
            } else if self.has_echoed() {
                return Err(FeedError::NoEcho);
            } else {
                unheard += 1;
                if unheard >= MAX_UNHEARD {
                    feed.unsupported(NO_ECHO);
                }
            }
        }
    }

    fn has_echoed(&self) -> bool {
        self.has_echoed.load(Ordering::Relaxed)
    }
}

/// Whether a pooler lends each transaction another connection. Listening through it would stay with a connection that others
/// are lent next, and they would be told what they never asked for. With two that change places it shows, whether the one
/// that came back first or the one that came back last is lent again.
async fn is_lent(listener: &mut PgListener, teller: &mut PgConnection) -> Result<bool, sqlx::Error> {
    const BEGIN: &str = "BEGIN; SELECT pg_backend_pid()";
    for teller_ends_first in [true, false] {
        let backend = ask_backend(&mut *listener, BEGIN).await?;
        // Where there is but one to lend, this one waits for the other.
        let Ok(other) = timeout(HEARTBEAT_TIMEOUT, ask_backend(&mut *teller, BEGIN)).await else {
            return Ok(true);
        };
        other?;
        if teller_ends_first {
            sqlx::raw_sql("COMMIT").execute(&mut *teller).await?;
        }
        sqlx::raw_sql("COMMIT").execute(&mut *listener).await?;
        if !teller_ends_first {
            sqlx::raw_sql("COMMIT").execute(&mut *teller).await?;
        }
        if ask_backend(&mut *listener, "SELECT pg_backend_pid()").await? != backend {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn ask_backend<'c, E>(connection: E, sql: &'static str) -> Result<i32, sqlx::Error>
where
    E: Executor<'c, Database = Postgres>,
{
    sqlx::raw_sql(sql).fetch_one(connection).await?.try_get(0)
}

/// Asks whether all triggers are there and their messages get through, and tells the channel something.
async fn beat(teller: &mut PgConnection, triggers: &Triggers) -> Result<Beat, FeedError> {
    // In one message, as look-ups are: behind a pooler it may be that of another connection the next time.
    let row = sqlx::raw_sql(AssertSqlSafe(triggers.check())).fetch_one(teller).await?;
    let (found, flows): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    if found && !flows {
        return Err(FeedError::QueueIsFull);
    }
    let schemas: Option<Vec<String>> = row.try_get(2)?;
    Ok(Beat { schemas: schemas.filter(|_| found), echo: row.try_get(3)?, backend: row.try_get(5)? })
}

/// Hears what is told up to the next heartbeat, and for the echo of this one, which has `begun`, somewhat longer. Says whether
/// it came.
///
/// What is told comes in order, so after many endings the echo comes late. Until then what is remembered is not used, but
/// the endings are heard all the same.
async fn hear_echo(
    listener: &mut PgListener,
    beat: &Beat,
    begun: Instant,
    feed: &Feed,
) -> Result<bool, FeedError> {
    let mut last = begun;
    let mut echoed = false;
    while !echoed || begun.elapsed() < HEARTBEAT {
        let until = if echoed { begun + HEARTBEAT } else { last + HEARTBEAT_TIMEOUT };
        let Ok(told) = time::timeout_at(until, listener.try_recv()).await else { return Ok(echoed) };
        let notification = told?.ok_or(FeedError::Closed)?;
        last = Instant::now();
        match notification.payload() {
            payload if payload == beat.echo => {
                echoed = true;
                match beat.schemas {
                    Some(_) => feed.listening(LAG),
                    None => feed.unsupported(NO_TRIGGERS),
                }
            }
            payload => hear(payload, beat.schemas.as_deref().unwrap_or_default(), feed),
        }
        if !echoed && begun.elapsed() > HEARTBEAT_TIMEOUT {
            feed.lost(FeedError::Behind);
        }
    }
    Ok(echoed)
}

fn hear(payload: &str, schemas: &[String], feed: &Feed) {
    if payload.starts_with(ECHO) {
        return;
    }
    let Ok(message) = serde_json::from_str::<Message>(payload) else {
        // A trigger that could not say it better.
        return feed.everything();
    };
    // Other deployments may live in other schemas of the same database.
    if !schemas.contains(&message.schema) {
        return;
    }
    if let Some(session) = &message.session {
        feed.session(session);
    }
    if message.cut_off {
        feed.cut_off(&message.user);
    } else if message.session.is_none() {
        feed.user(&message.user);
    }
}
