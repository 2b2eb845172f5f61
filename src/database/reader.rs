//! Connections for repeated look-ups.

use std::{
    future::pending,
    pin::pin,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult, sqlx};
use sqlx::{ConnectOptions, Database, MySql, Pool, Postgres, Sqlite, pool::PoolConnection};
use tokio::{
    sync::Semaphore,
    time::{self, Instant},
};

use super::{
    pool::{FRESH, Lent},
    statement::{Asked, Statement, failed},
};

/// Reads over connections that it keeps from their pool for a second.
///
/// With each connection that comes back the pool asks the server whether it is still there (sqlx 0.9), which takes a task and a
/// round trip. One that has just answered needs no such test: the next look-up takes it as it is.
pub struct Reader {
    database: DatabaseConnection,
    lender: AnyLender,
}

enum AnyLender {
    Sqlite(Arc<Lender<Sqlite>>),
    Postgres(Arc<Lender<Postgres>>),
    MySql(Arc<Lender<MySql>>),
}

impl Reader {
    pub fn new(database: DatabaseConnection) -> Self {
        let lender = match database.get_database_backend() {
            DbBackend::Postgres => {
                AnyLender::Postgres(Lender::new(database.get_postgres_connection_pool().clone()))
            }
            DbBackend::MySql => AnyLender::MySql(Lender::new(database.get_mysql_connection_pool().clone())),
            _ => AnyLender::Sqlite(Lender::new(database.get_sqlite_connection_pool().clone())),
        };
        Self { database, lender }
    }

    /// The database that it reads.
    pub fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// Checks that the server accepts a connection.
    ///
    /// # Errors
    ///
    /// If no connection is available.
    pub async fn reach(&self) -> Result<(), DbErr> {
        let reached = match &self.lender {
            AnyLender::Sqlite(lender) => lender.reach().await,
            AnyLender::Postgres(lender) => lender.reach().await,
            AnyLender::MySql(lender) => lender.reach().await,
        };
        reached.map_err(failed)
    }

    /// The rows of a statement with these values.
    ///
    /// # Errors
    ///
    /// If no connection is available, or the database refuses.
    pub async fn rows(&self, statement: &Statement, values: Vec<String>) -> Result<Vec<QueryResult>, DbErr> {
        let rows = match &self.lender {
            AnyLender::Sqlite(lender) => lender.rows(statement, values).await,
            AnyLender::Postgres(lender) => lender.rows(statement, values).await,
            AnyLender::MySql(lender) => lender.rows(statement, values).await,
        };
        rows.map_err(failed)
    }
}

struct Lender<D: Database> {
    pool: Pool<D>,
    /// As many as the pool has connections. Look-ups wait here: the pool does not see connections that are kept.
    turns: Semaphore,
    rack: Mutex<Rack<D>>,
}

struct Rack<D: Database> {
    kept: Vec<Kept<D>>,
    /// Whether a task is removing old ones.
    is_swept: bool,
}

/// A connection that the pool has lent at that time.
struct Kept<D: Database> {
    lent: Lent<D>,
    since: Instant,
}

impl<D: Asked> Lender<D> {
    fn new(pool: Pool<D>) -> Arc<Self> {
        let turns = Semaphore::new(pool.options().get_max_connections() as usize);
        let rack = Mutex::new(Rack { kept: Vec::new(), is_swept: false });
        Arc::new(Self { pool, turns, rack })
    }

    async fn reach(self: &Arc<Self>) -> Result<(), sqlx::Error> {
        let _turn = self.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.take().await?;
        self.keep(connection);
        Ok(())
    }

    async fn rows(
        self: &Arc<Self>,
        statement: &Statement,
        values: Vec<String>,
    ) -> Result<Vec<QueryResult>, sqlx::Error> {
        let _turn = self.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let mut connection = self.take().await?;
        // One that fails, or is not awaited to its end, goes to the pool, which looks after it.
        let rows = D::ask(connection.lent.connection(), statement, values).await?;
        self.keep(connection);
        Ok(rows)
    }

    async fn take(&self) -> Result<Kept<D>, sqlx::Error> {
        let kept = self.rack.lock().kept.pop();
        if let Some(kept) = kept.filter(Kept::is_fresh) {
            return Ok(kept);
        }
        // Boxed: it may open a connection, and that future is large.
        let lent = Box::pin(self.acquire()).await?;
        Ok(Kept { lent: Lent::new(lent), since: Instant::now() })
    }

    /// A connection from the pool. The pool retries a server that refuses, and in the end reports only a time-out. So after a
    /// while a single connection is tried beside it, to find out why.
    async fn acquire(&self) -> Result<PoolConnection<D>, sqlx::Error> {
        let mut acquired = pin!(self.pool.acquire());
        let patience = self.pool.options().get_acquire_timeout() / 3;
        if let Ok(acquired) = time::timeout(patience, &mut acquired).await {
            return acquired;
        }
        tokio::select! {
            acquired = &mut acquired => acquired,
            error = self.refused() => Err(error),
        }
    }

    /// Why the server cannot be reached. Does not return if it can, or if it answers: it may only be busy.
    async fn refused(&self) -> sqlx::Error {
        match self.pool.connect_options().connect().await {
            Err(error @ sqlx::Error::Io(_)) => error,
            Ok(_) | Err(_) => pending().await,
        }
    }

    /// Half of the pool at most: others may share it.
    fn keep(self: &Arc<Self>, connection: Kept<D>) {
        let mut rack = self.rack.lock();
        let has_room = rack.kept.len() < self.pool.options().get_max_connections() as usize / 2;
        if !has_room || !connection.is_fresh() || self.pool.is_closed() {
            return;
        }
        rack.kept.push(connection);
        if !rack.is_swept {
            rack.is_swept = true;
            // It ends by itself, as the pool's own tasks do, so no `Spawner` knows it.
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Returns connections kept long enough to the pool. Says whether any are left.
    fn give_back(&self) -> bool {
        let mut rack = self.rack.lock();
        rack.kept.retain(Kept::is_fresh);
        rack.is_swept = !rack.kept.is_empty();
        rack.is_swept
    }
}

impl<D: Database> Kept<D> {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < FRESH
    }
}

async fn sweep<D: Asked>(lender: Weak<Lender<D>>) {
    loop {
        time::sleep(FRESH).await;
        let is_left = lender.upgrade().is_some_and(|lender| lender.give_back());
        if !is_left {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use sea_orm::SqlxSqliteConnector;
    use sqlx::sqlite::SqlitePoolOptions;
    use tokio::runtime;

    use super::*;

    fn reader(connections: u32) -> (Reader, Pool<Sqlite>) {
        let options = SqlitePoolOptions::new().max_connections(connections);
        let pool = options.connect_lazy("sqlite::memory:").expect("an address");
        (Reader::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone())), pool)
    }

    async fn read(reader: &Reader) {
        let rows = reader.rows(&Statement::new("SELECT ?"), vec!["one".to_owned()]).await.expect("rows");
        assert_eq!(rows[0].try_get_by_index::<String>(0).expect("a text"), "one");
    }

    async fn is_back(pool: &Pool<Sqlite>) {
        for _ in 0..100 {
            if pool.num_idle() == 1 {
                return;
            }
            time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} of {} connections are idle", pool.num_idle(), pool.size());
    }

    #[tokio::test]
    async fn a_connection_that_has_answered_is_kept_and_soon_given_back() {
        let (reader, pool) = reader(2);
        read(&reader).await;
        read(&reader).await;
        assert_eq!((pool.size(), pool.num_idle()), (1, 0));
        is_back(&pool).await;
        read(&reader).await;
        assert_eq!(pool.size(), 1);
    }

    #[tokio::test]
    async fn one_that_failed_is_given_back_at_once() {
        let (reader, pool) = reader(2);
        reader.rows(&Statement::new("SELECT nothing"), Vec::new()).await.expect_err("no such column");
        assert!(time::timeout(FRESH / 2, is_back(&pool)).await.is_ok());
    }

    #[tokio::test]
    async fn whoever_shares_the_pool_finds_a_connection() {
        for connections in [1, 2, 4] {
            let (reader, pool) = reader(connections);
            join_all((0..64).map(|_| read(&reader))).await;
            let lent = time::timeout(FRESH / 2, pool.acquire()).await;
            lent.expect("in time").expect("a connection");
        }
    }

    #[test]
    fn it_may_outlive_its_runtime() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (reader, pool) = runtime.block_on(async {
            let (reader, pool) = reader(2);
            read(&reader).await;
            (reader, pool)
        });
        drop(runtime);
        assert_eq!((pool.size(), pool.num_idle()), (1, 0));
        drop(reader);
        assert_eq!(pool.size(), 0);
    }
}
