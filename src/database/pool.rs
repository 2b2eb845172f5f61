use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector, sqlx};
use sqlx::{
    ConnectOptions, Connection, Database,
    pool::{PoolConnection, PoolOptions},
};
use tokio::{runtime::Handle, time};

use super::{Access, Address, address::Driver};

/// A connection idle for longer may have lost its server and is tested; one in steady use is not.
pub const FRESH: Duration = Duration::from_secs(1);
/// A connection whose server does not answer by then is given up.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_CONNECTIONS: u32 = 16;

impl Address {
    /// Prepares a pool. Nothing is opened before the first query.
    ///
    /// `timeout` bounds the wait for a connection. The [schema](Self::schema) is not acted on.
    #[must_use]
    pub fn open(&self, access: Access, timeout: Duration) -> DatabaseConnection {
        match self.driver.clone() {
            Driver::Sqlite(file) => {
                let options = file.options.busy_timeout(timeout).disable_statement_logging();
                let options = match access {
                    Access::Read => options.read_only(true).create_if_missing(false),
                    Access::Write => options,
                };
                SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(access, timeout).connect_lazy_with(options))
            }
            Driver::MySql(options) => {
                let options = options.disable_statement_logging();
                let options = match access {
                    // Better Auth's driver leaves the zone to the server: with the same zone its dates read as it wrote them.
                    Access::Read => options.timezone(None::<String>),
                    Access::Write => options,
                };
                SqlxMySqlConnector::from_sqlx_mysql_pool(pool(access, timeout).connect_lazy_with(options))
            }
            Driver::Postgres(options) => {
                let options = options.disable_statement_logging();
                SqlxPostgresConnector::from_sqlx_postgres_pool(
                    pool(access, timeout).connect_lazy_with(options),
                )
            }
        }
    }
}

fn pool<D: Database>(access: Access, timeout: Duration) -> PoolOptions<D> {
    let bound = RELEASE_TIMEOUT.min(timeout / 2);
    let options = PoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut D::Connection, about| {
            Box::pin(async move {
                if about.idle_for > FRESH { answers(connection, bound).await } else { Ok(true) }
            })
        });
    match access {
        // Look-ups do this themselves, see `Lent`.
        Access::Read => options,
        Access::Write => options.after_release(move |connection, _| Box::pin(answers(connection, bound))),
    }
}

/// After an error the connection closes without a goodbye, which could hang as well.
async fn answers<C: Connection>(connection: &mut C, bound: Duration) -> Result<bool, sqlx::Error> {
    let ping = time::timeout(bound, connection.ping()).await;
    ping.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
}

/// A connection that goes back to its pool in time or not at all.
///
/// The pool itself waits for ever if a peer has silently gone, and has one connection less meanwhile (sqlx 0.9). The pool
/// starts its tasks by itself; this one is such a task and lives a second at most, so no [`Spawner`](crate::Spawner) knows it.
pub struct Lent<D: Database>(Option<PoolConnection<D>>);

impl<D: Database> Lent<D> {
    pub fn new(connection: PoolConnection<D>) -> Self {
        Self(Some(connection))
    }

    pub fn connection(&mut self) -> &mut D::Connection {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl<D: Database> Drop for Lent<D> {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => {
                let returned = connection.return_to_pool();
                runtime.spawn(async move { time::timeout(RELEASE_TIMEOUT, returned).await });
            }
            // The pool would want to spawn a task.
            Err(_) => drop(connection.detach()),
        }
    }
}
