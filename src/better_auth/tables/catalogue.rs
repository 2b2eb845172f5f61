//! The database's own catalogue of its tables.

use std::collections::BTreeMap;

use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult};

use super::{
    InspectError, column::ColumnType, dialect::Dialect, fault::SchemaFault, naming::Naming, table::Table,
};
use crate::database::{is_about_value, is_denied, is_refusal, is_unknown_column, query};

/// A column as the catalogue has it.
pub struct Found {
    pub holds: ColumnType,
    /// Whether this role may read it, as far as the catalogue says.
    pub is_readable: bool,
}

/// An error answered by the database is a fault, any other an outage.
pub fn readable<T>(answer: Result<T, DbErr>) -> Result<T, InspectError> {
    match answer {
        Err(error) if is_denied(&error) => Err(SchemaFault::Denied(error).into()),
        // No value was sent yet, so none can be wrong.
        Err(error) if is_refusal(&error) || is_about_value(&error) => {
            Err(SchemaFault::Unreadable(error).into())
        }
        answer => Ok(answer?),
    }
}

/// The columns of a table with their types.
pub async fn columns(
    database: &DatabaseConnection,
    naming: &Naming,
    table: Table,
) -> Result<BTreeMap<String, Found>, InspectError> {
    let backend = database.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT name, type, TRUE FROM pragma_table_info(?)",
        // Not `information_schema`: it hides columns that this role may not read, and could so hide a ban.
        DbBackend::Postgres => {
            "SELECT CAST(attname AS text), format_type(atttypid, NULL), \
             has_column_privilege(attrelid, attnum, 'SELECT') FROM pg_catalog.pg_attribute \
             WHERE attrelid = to_regclass(concat_ws('.', quote_ident(NULLIF($2, '')), quote_ident($1))) \
             AND attnum > 0 AND NOT attisdropped"
        }
        _ => {
            "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR), TRUE FROM information_schema.columns \
             WHERE table_name = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())"
        }
    };
    let mut values = vec![naming.table(table).to_owned()];
    if backend != DbBackend::Sqlite {
        values.push(naming.schema(table).unwrap_or_default().to_owned());
    }
    let rows = readable(query(database, &sql.into(), values).await)?;
    let column = |row: &QueryResult| {
        let name: String = row.try_get_by_index(0)?;
        let holds = ColumnType::new(backend, row.try_get_by_index(1)?);
        Ok((name, Found { holds, is_readable: row.try_get_by_index(2)? }))
    };
    rows.iter().map(column).collect()
}

/// The tables that exist instead of this one, for the message.
pub async fn tables(
    database: &DatabaseConnection,
    naming: &Naming,
    table: Table,
) -> Result<Vec<String>, InspectError> {
    let backend = database.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
        DbBackend::Postgres => {
            "SELECT concat(nspname, '.', relname) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') \
             AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1"
        }
        _ => {
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
             WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) ORDER BY 1"
        }
    };
    let schema = (backend == DbBackend::MySql).then(|| naming.schema(table).unwrap_or_default().to_owned());
    let rows = readable(query(database, &sql.into(), schema.into_iter().collect()).await)?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Whether a table of SQLite, MySQL or MariaDB is a view.
pub async fn is_view(
    database: &DatabaseConnection,
    naming: &Naming,
    table: Table,
) -> Result<bool, InspectError> {
    let backend = database.get_database_backend();
    let mut values = vec![naming.table(table).to_owned()];
    let sql = if backend == DbBackend::Sqlite {
        "SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'view'"
    } else {
        values.push(naming.schema(table).unwrap_or_default().to_owned());
        "SELECT 1 FROM information_schema.tables WHERE table_name = ? \
         AND table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_type LIKE '%VIEW'"
    };
    let rows = readable(query(database, &sql.into(), values).await)?;
    Ok(!rows.is_empty())
}

/// MySQL's catalogue omits a column that it hides. A query for the column tells whether it exists, unless the role has
/// grants on single columns: then MySQL denies it either way.
pub async fn ensure_bans_are_visible(
    database: &DatabaseConnection,
    naming: &Naming,
) -> Result<(), InspectError> {
    let backend = database.get_database_backend();
    if backend != DbBackend::MySql {
        return Ok(());
    }
    let dialect = Dialect(backend);
    let banned = dialect.quote(&naming.column(Table::User, "banned"));
    let sql = format!("SELECT {banned} FROM {} LIMIT 0", dialect.table(naming, Table::User));
    match query(database, &sql.into(), Vec::new()).await {
        Err(error) if is_unknown_column(&error) => Ok(()),
        Err(error) if is_refusal(&error) => {
            Err(SchemaFault::Hidden(naming.table(Table::User).to_owned()).into())
        }
        answer => Ok(answer.map(|_| ())?),
    }
}
