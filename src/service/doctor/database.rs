//! Whether a database can be reached at all, in its own words.

use std::{borrow::Cow, time::Duration};

use sea_orm::{DatabaseConnection, DbBackend, sqlx};
use sqlx::{ConnectOptions, PgConnection, Row};
use tokio::time::timeout;

use super::finding::{Area, Finding};
use crate::database::Address;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Connects without the pool, which says of everything that it has timed out. Answers with what is wrong.
pub async fn unreachable(
    database: &DatabaseConnection,
    address: &Address,
    area: Area,
    key: &str,
) -> Option<Finding> {
    let connected = timeout(TIMEOUT, connect(database)).await;
    let (found, remedy) = match connected {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => (said(&error), remedy(&error, key)),
        Err(_) => (
            format!("no answer within {TIMEOUT:?}"),
            format!("Look whether a firewall is in the way, and whether host and port of {key} are right"),
        ),
    };
    let found = format!("{} cannot be opened: {found}", address.place());
    Some(Finding::broken(area, found).key(key).remedy(remedy))
}

async fn connect(database: &DatabaseConnection) -> Result<(), sqlx::Error> {
    match database.get_database_backend() {
        DbBackend::Postgres => {
            database.get_postgres_connection_pool().connect_options().connect().await?;
        }
        DbBackend::MySql => {
            database.get_mysql_connection_pool().connect_options().connect().await?;
        }
        _ => {
            database.get_sqlite_connection_pool().connect_options().connect().await?;
        }
    }
    Ok(())
}

fn said(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

fn remedy(error: &sqlx::Error, key: &str) -> String {
    let code = error.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
    match (code.as_deref(), error) {
        (Some("28P01" | "28000"), _) => {
            format!(
                "Put the role and the password into {key} that this server knows, and let pg_hba.conf or its like admit them"
            )
        }
        (Some("3D000" | "42000"), _) => format!("Name Better Auth's database at the end of {key}"),
        (Some("53300" | "08004"), _) => {
            "The server has no connection to spare: raise its limit, or lower what others take".to_owned()
        }
        (Some("14"), _) => format!("Write the whole path of the file into {key}, and let this user read it"),
        (_, sqlx::Error::Io(_)) => {
            format!("Start the server, or put into {key} the host and port at which this machine reaches it")
        }
        (_, sqlx::Error::Tls(_)) => {
            format!(
                "Look at the parameters of {key} that are about encryption (sslmode, sslrootcert, ssl-mode, ssl-ca)"
            )
        }
        _ => format!("Try {key} with the database's own client on this machine"),
    }
}

/// Whether a pooler stands in between that lends connections for a transaction: then two connections at once are one.
pub async fn is_pooled(database: &DatabaseConnection) -> bool {
    if database.get_database_backend() != DbBackend::Postgres {
        return false;
    }
    let options = database.get_postgres_connection_pool().connect_options();
    let ask = async {
        let mut one = options.connect().await?;
        let mut other = options.connect().await?;
        Ok::<_, sqlx::Error>((process(&mut one).await?, process(&mut other).await?))
    };
    timeout(TIMEOUT, ask).await.is_ok_and(|asked| asked.is_ok_and(|(one, other)| one == other))
}

/// The server's process behind a connection.
async fn process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await?.try_get(0)
}
