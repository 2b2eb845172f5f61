//! What Better Auth's tables look like in this database.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{
    InspectError,
    dialect::{ColumnType, Dialect},
    naming::{Naming, Table},
};
use crate::{
    database::{is_refusal, is_unknown_column},
    fields::{AdditionalFields, Field, FieldKind},
};

/// The most names that a message lists.
const MAX_LISTED: usize = 40;

/// Fields of the session that are read, and whether Better Auth itself makes them or a plugin.
const SESSION: &[(&str, FieldKind, bool)] = &[
    ("id", FieldKind::String, true),
    ("token", FieldKind::String, true),
    ("userId", FieldKind::String, true),
    ("expiresAt", FieldKind::Date, true),
    ("impersonatedBy", FieldKind::String, false),
    ("activeOrganizationId", FieldKind::String, false),
    ("activeTeamId", FieldKind::String, false),
];

/// Fields of the user that are read.
const USER: &[(&str, FieldKind, bool)] = &[
    ("id", FieldKind::String, true),
    ("name", FieldKind::String, true),
    ("email", FieldKind::String, true),
    ("emailVerified", FieldKind::Boolean, true),
    ("image", FieldKind::String, true),
    ("role", FieldKind::String, false),
    // As it stands: what is neither true nor false is not passed over.
    ("banned", FieldKind::String, false),
    ("banExpires", FieldKind::Date, false),
    ("isAnonymous", FieldKind::Boolean, false),
    ("twoFactorEnabled", FieldKind::Boolean, false),
    ("username", FieldKind::String, false),
    ("displayUsername", FieldKind::String, false),
    ("phoneNumber", FieldKind::String, false),
    ("phoneNumberVerified", FieldKind::Boolean, false),
];

/// Whether a field is read at all.
pub fn is_read(table: Table, field: &str, fields: &AdditionalFields) -> bool {
    let (known, additional) = match table {
        Table::Session => (SESSION, fields.session()),
        Table::User => (USER, fields.user()),
    };
    known.iter().any(|(name, ..)| *name == field) || additional.iter().any(|one| one.name() == field)
}

/// The columns that are read, of both tables.
pub struct Schema(Vec<Column>);

/// A column that is there.
pub struct Column {
    /// Whose it is.
    pub table: Table,
    /// Better Auth's name for it.
    pub field: String,
    /// Its name in the database.
    pub name: String,
    /// What it means.
    pub kind: FieldKind,
    /// What the database holds.
    pub holds: ColumnType,
}

/// A table or column that Better Auth makes is not there.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFault {
    /// No such table.
    #[error(
        "there is no table \"{table}\" that this role can see; there is {}: is this Better Auth's database, has Better Auth migrated it, may the role read it, has the table another name or schema?",
        listed(found)
    )]
    Table {
        /// The table looked for.
        table: String,
        /// The tables that are there.
        found: Vec<String>,
    },
    /// The table lacks a column.
    #[error(
        "table \"{table}\" has no column \"{column}\" for Better Auth's field \"{field}\"; it has {}: are its columns named otherwise, or does the role lack SELECT on this one?",
        listed(found)
    )]
    Column {
        /// The table looked at.
        table: String,
        /// The column looked for.
        column: String,
        /// Better Auth's name for it.
        field: String,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// MySQL hides what the role may not read, so nobody can say whether there are bans.
    #[error(
        "this role may not read all columns of table \"{0}\", and a ban might stand in one of them: grant SELECT on the whole table, or on a view of it"
    )]
    Hidden(String),
    /// The role may not read what is there.
    #[error("Better Auth's tables cannot be read: {0}; the role needs SELECT on both")]
    Unreadable(DbErr),
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        _ if names.len() > MAX_LISTED => format!("{} and more", names[..MAX_LISTED].join(", ")),
        _ => names.join(", "),
    }
}

impl Schema {
    /// Reads the columns from the database's own catalogue.
    pub async fn read(
        database: &DatabaseConnection,
        naming: &Naming,
        fields: &AdditionalFields,
    ) -> Result<Self, InspectError> {
        let session = columns(database, naming, Table::Session, SESSION, fields.session()).await?;
        let user = columns(database, naming, Table::User, USER, fields.user()).await?;
        let schema = Self(session.into_iter().chain(user).collect());
        if schema.column(Table::User, "banned").is_none() {
            check_that_bans_are_not_hidden(database, naming).await?;
        }
        Ok(schema)
    }

    /// All columns that are read.
    pub fn columns(&self) -> &[Column] {
        &self.0
    }

    /// The column of a field, if it is there.
    pub fn column(&self, table: Table, field: &str) -> Option<&Column> {
        self.0.iter().find(|column| column.table == table && column.field == field)
    }
}

async fn columns(
    database: &DatabaseConnection,
    naming: &Naming,
    table: Table,
    known: &[(&str, FieldKind, bool)],
    additional: &[Field],
) -> Result<Vec<Column>, InspectError> {
    let found = readable(catalogue(database, naming, table).await)?;
    if found.is_empty() {
        let found = readable(tables(database, naming).await)?;
        return Err(SchemaFault::Table { table: naming.table(table).to_owned(), found }.into());
    }
    let unknown = additional.iter().filter(|field| known.iter().all(|(name, ..)| *name != field.name()));
    let wanted = known
        .iter()
        .map(|(name, kind, needed)| (*name, *kind, *needed || naming.is_renamed(table, name)))
        .chain(unknown.map(|field| (field.name(), field.kind(), true)));
    let mut columns = Vec::new();
    for (field, kind, needed) in wanted {
        let name = naming.column(table, field).into_owned();
        match found.get(&name) {
            Some(holds) => {
                columns.push(Column { table, field: field.to_owned(), name, kind, holds: holds.clone() });
            }
            None if needed => {
                let (table, field) = (naming.table(table).to_owned(), field.to_owned());
                let found = found.into_keys().collect();
                return Err(SchemaFault::Column { table, column: name, field, found }.into());
            }
            None => {}
        }
    }
    Ok(columns)
}

/// In MySQL's catalogue a hidden column looks like none. Asked for it, MySQL tells the two apart, unless the role was
/// granted single columns: then it is denied either way.
async fn check_that_bans_are_not_hidden(
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
    match database.query_one_raw(Statement::from_string(backend, sql)).await {
        Err(error) if is_unknown_column(&error) => Ok(()),
        Err(error) if is_refusal(&error) => {
            Err(SchemaFault::Hidden(naming.table(Table::User).to_owned()).into())
        }
        answer => Ok(answer.map(|_| ())?),
    }
}

/// PostgreSQL says no to whoever may not even look into a schema.
fn readable<T>(answer: Result<T, DbErr>) -> Result<T, InspectError> {
    answer.map_err(
        |error| {
            if is_refusal(&error) { SchemaFault::Unreadable(error).into() } else { error.into() }
        },
    )
}

/// The columns of a table with their types.
async fn catalogue(
    database: &DatabaseConnection,
    naming: &Naming,
    table: Table,
) -> Result<BTreeMap<String, ColumnType>, DbErr> {
    let backend = database.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT name, type FROM pragma_table_info(?)",
        // The catalogue itself: `information_schema` hides what this role may not read, and a ban with it.
        DbBackend::Postgres => {
            "SELECT CAST(attname AS text), format_type(atttypid, NULL) FROM pg_catalog.pg_attribute \
             WHERE attrelid = to_regclass(concat_ws('.', quote_ident(NULLIF($2, '')), quote_ident($1))) \
             AND attnum > 0 AND NOT attisdropped"
        }
        _ => {
            "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR) FROM information_schema.columns \
             WHERE table_name = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())"
        }
    };
    let mut values = vec![naming.table(table).into()];
    if backend != DbBackend::Sqlite {
        values.push(naming.schema().unwrap_or_default().into());
    }
    let rows = database.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let column = |row: &sea_orm::QueryResult| {
        let name: String = row.try_get_by_index(0)?;
        Ok((name, ColumnType::new(backend, row.try_get_by_index(1)?)))
    };
    rows.iter().map(column).collect()
}

/// The tables that are there, to be shown to a person.
async fn tables(database: &DatabaseConnection, naming: &Naming) -> Result<Vec<String>, DbErr> {
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
    let schema = (backend == DbBackend::MySql).then(|| naming.schema().unwrap_or_default().into());
    let rows = database.query_all_raw(Statement::from_sql_and_values(backend, sql, schema)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
