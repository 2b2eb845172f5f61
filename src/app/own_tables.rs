use std::{collections::HashSet, fmt::Write, path::absolute, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use better_auth_verifier_migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, ExecResult, QueryResult, QuerySelect,
    RuntimeErr, Statement, TransactionTrait, Values, prelude::async_trait::async_trait, sqlx,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Postgres, Transaction, query::Query};
use tokio::time::timeout;

use super::private_files;
use crate::{
    config::exposed_file,
    database::{Access, Address, is_refusal},
};

/// A migration may wait longer for its connection than a request.
pub const MIGRATION_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the start waits for an answer.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Prepared statements of this driver that a pooler's connection has kept from its earlier clients: their names are taken.
const FORGET: &str = r"DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT p.name FROM pg_catalog.pg_prepared_statements p WHERE p.name LIKE 'sqlx\_s\_%' LOOP
    EXECUTE format('DEALLOCATE %I', name);
  END LOOP;
END $$";

/// The database of the service's own tables, as entities ask it.
///
/// With PostgreSQL each statement is a transaction of its own, in the address's schema, and has no name: a pooler that lends
/// a connection for one transaction (`PgBouncer`) forgets everything else in between.
#[derive(Clone, Default)]
pub struct OwnTables {
    database: DatabaseConnection,
    /// How a transaction begins there.
    begin: Arc<str>,
}

impl OwnTables {
    /// Creates or updates the tables, and their file where they have one.
    pub async fn create(address: &Address) -> anyhow::Result<()> {
        private_files::create(address).context("database.url")?;
        let tables = Self::open(address, MIGRATION_TIMEOUT);
        tables.migrate().await.context("database.url: the tables could not be created")
    }

    /// Opens it for requests. A database that is out of reach may come back; one without the tables is an error, which says
    /// `remedy`.
    pub async fn open_created(address: &Address, remedy: &str) -> anyhow::Result<Self> {
        if let Some(path) = address.file_to_create().filter(|path| !path.exists()) {
            let path = absolute(path).unwrap_or(path.to_owned());
            bail!(
                "database.url: there is no file {} (a relative path begins where the process was started): {remedy}",
                path.display()
            );
        }
        exposed_file::inspect("database.url", address);
        let tables = Self::open(address, CONNECT_TIMEOUT);
        match timeout(FIRST_LOOK, tables.are_migrated()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => {
                bail!("database.url: tables of this service are missing or out of date: {remedy}")
            }
            Ok(Err(error)) => tracing::warn!(%error, "database.url: out of reach"),
            Err(error) => tracing::warn!(%error, "database.url: out of reach"),
        }
        Ok(tables)
    }

    pub fn open(address: &Address, timeout: Duration) -> Self {
        Self::open_for(Access::Write, address, timeout)
    }

    /// Only to look at them, for example. A SQLite file is then not made where there is none.
    pub fn open_for(access: Access, address: &Address, timeout: Duration) -> Self {
        let mut begin = "BEGIN".to_owned();
        if let Some(schema) = address.schema() {
            let _ = write!(begin, "; SET LOCAL search_path TO \"{}\"", schema.replace('"', "\"\""));
        }
        Self { database: address.open(access, timeout), begin: begin.into() }
    }

    /// The database alone.
    pub fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// Creates or updates the tables. With PostgreSQL that is one transaction, so that a pooler lends one connection for all
    /// of its statements, which have names.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return Migrator::up(&self.database, None).await;
        }
        let transaction = self.database.begin().await?;
        if let Some((_, path)) = self.begin.split_once(';') {
            transaction.execute_unprepared(path).await?;
        }
        transaction.execute_unprepared(FORGET).await?;
        Migrator::up(&transaction, None).await?;
        transaction.execute_unprepared(FORGET).await?;
        transaction.commit().await
    }

    /// Whether the tables are there as this program knows them.
    pub async fn are_migrated(&self) -> Result<bool, DbErr> {
        use better_auth_verifier_entity::{cut_off, signing_key, todo};

        let books = format!("SELECT version FROM {}", Migrator::migration_table_name());
        let books = Statement::from_string(self.get_database_backend(), books);
        let applied: HashSet<String> = match self.query_all_raw(books).await {
            Ok(rows) => rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?,
            Err(error) if is_refusal(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        if Migrator::migrations().iter().any(|migration| !applied.contains(migration.name())) {
            return Ok(false);
        }
        let todos = todo::Entity::find().limit(1).one(self).await.map(|_| ());
        let cut_offs = cut_off::Entity::find().limit(1).one(self).await.map(|_| ());
        let signing_keys = signing_key::Entity::find().limit(1).one(self).await.map(|_| ());
        match todos.and(cut_offs).and(signing_keys) {
            Ok(()) => Ok(true),
            // The books say so, the tables do not.
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, DbErr> {
        let pool = self.database.get_postgres_connection_pool();
        pool.begin_with(AssertSqlSafe(self.begin.clone())).await.map_err(failed_query)
    }
}

#[async_trait]
impl ConnectionTrait for OwnTables {
    fn get_database_backend(&self) -> DbBackend {
        self.database.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return self.database.execute_raw(statement).await;
        }
        let mut transaction = self.begin().await?;
        let failed = |error: sqlx::Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
        let done = unnamed(statement).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return self.database.query_one_raw(statement).await;
        }
        let mut transaction = self.begin().await?;
        let row = unnamed(statement).fetch_optional(&mut *transaction).await.map_err(failed_query)?;
        transaction.commit().await.map_err(failed_query)?;
        Ok(row.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return self.database.query_all_raw(statement).await;
        }
        let mut transaction = self.begin().await?;
        let rows = unnamed(statement).fetch_all(&mut *transaction).await.map_err(failed_query)?;
        transaction.commit().await.map_err(failed_query)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

fn unnamed(Statement { sql, values, .. }: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
    sqlx::query_with(AssertSqlSafe(sql), values).persistent(false)
}

fn failed_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
