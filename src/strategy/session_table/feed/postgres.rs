//! PostgreSQL tells those who listen, where its triggers are installed.

use std::{convert::Infallible, time::Duration};

use serde::Deserialize;
use sqlx::{
    AssertSqlSafe, Row,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{self, Instant, timeout};

use super::{
    FeedError, PATIENCE,
    triggers::{CHANNEL, Triggers},
};
use crate::revocation::Feed;

/// With [`PATIENCE`] below a second: a connection that has silently gone is found out by then.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// A change is heard within this, unless the network or the machine is overloaded.
const LAG: Duration = Duration::from_millis(100);

/// What a trigger says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    schema: String,
    session: Option<String>,
    user: String,
    cut_off: bool,
}

/// Listens on a connection of its own.
pub async fn listen(
    options: &PgConnectOptions,
    triggers: &Triggers,
    line: &Feed,
) -> Result<Infallible, FeedError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options.clone());
    let mut listener = timeout(PATIENCE, PgListener::connect_with(&pool)).await??;
    listener.eager_reconnect(false);
    timeout(PATIENCE, listener.listen(CHANNEL)).await??;
    let mut told = false;
    loop {
        let schema = timeout(PATIENCE, beat(&mut listener, triggers)).await??;
        match &schema {
            Some(_) => line.hears(LAG),
            None => line.hears_nothing(),
        }
        if schema.is_none() && !std::mem::replace(&mut told, true) {
            tracing::info!(
                "no revocation triggers in PostgreSQL: a sign-out is seen when what is remembered has aged; \
                 `better-auth-verifier migrate --revocation-triggers` installs them"
            );
        }
        let next = Instant::now() + HEARTBEAT;
        while Instant::now() < next {
            match time::timeout_at(next, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => hear(notification.payload(), schema.as_deref(), line),
                Ok(Ok(None)) => return Err(FeedError::Closed),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => break,
            }
        }
    }
}

/// Asks, on the very connection that listens, whether all triggers are there and their messages get through. The answer
/// is the tables' schema.
async fn beat(listener: &mut PgListener, triggers: &Triggers) -> Result<Option<String>, FeedError> {
    let row = sqlx::query(AssertSqlSafe(triggers.check())).fetch_one(listener).await?;
    let (found, flows): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    if found && !flows {
        return Err(FeedError::QueueIsFull);
    }
    let schema: Option<String> = row.try_get(2)?;
    Ok(schema.filter(|_| found))
}

fn hear(payload: &str, schema: Option<&str>, line: &Feed) {
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
