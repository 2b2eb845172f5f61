//! The one query: built once, when the columns are known.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, QueryResult};
use serde_json::Map;

use super::{
    InspectError, SchemaFault,
    catalogue::readable,
    column::{Column, ColumnType},
    dialect::Dialect,
    naming::Naming,
    schema::Schema,
    table::Table,
    value,
};
use crate::{database::query_one, fields::AdditionalFields, strategy::session_json::SessionJson};

/// Finds a session with its user by its token. Every column comes as text, whatever its type is: ids may be text,
/// uuid or numbers, dates text, numbers or timestamps.
pub struct Lookup {
    sql: Arc<str>,
    /// Its columns are those of an answer, in their order.
    schema: Schema,
}

impl Lookup {
    /// Reads the schema and writes the query for it.
    pub async fn prepare(
        database: &DatabaseConnection,
        naming: &Naming,
        fields: &AdditionalFields,
    ) -> Result<Self, InspectError> {
        naming.check(fields).map_err(SchemaFault::from)?;
        let schema = Schema::read(database, naming, fields).await?;
        let dialect = Dialect(database.get_database_backend());
        let lookup = Self { sql: sql(dialect, naming, &schema).into(), schema };
        // Asked once for nobody: whether this role may read all of it.
        readable(lookup.find(database, "").await)?;
        tracing::info!(
            bans = lookup.schema.column(Table::User, "banned").is_some(),
            roles = lookup.schema.column(Table::User, "role").is_some(),
            "session table found"
        );
        Ok(lookup)
    }

    /// The session of this token with its user, as Better Auth would write them, if there is one.
    pub async fn find(
        &self,
        database: &DatabaseConnection,
        token: &str,
    ) -> Result<Option<SessionJson>, DbErr> {
        let row = query_one(database, &self.sql, token).await?;
        row.map(|row| self.read(&row)).transpose()
    }

    fn read(&self, row: &QueryResult) -> Result<SessionJson, DbErr> {
        let mut found = SessionJson { session: Map::new(), user: Map::new() };
        for (index, column) in self.schema.columns().iter().enumerate() {
            let text: Option<String> = row.try_get_by_index(index)?;
            let read = |text: String| match column.holds {
                ColumnType::Temporal => value::read_milliseconds(&text),
                _ => value::read(column.kind, text),
            };
            let members = match column.table {
                Table::Session => &mut found.session,
                Table::User => &mut found.user,
            };
            if let Some(value) = text.and_then(read) {
                members.insert(column.field.clone(), value);
            }
        }
        Ok(found)
    }
}

fn sql(dialect: Dialect, naming: &Naming, schema: &Schema) -> String {
    let values: Vec<_> = schema.columns().iter().map(|column| dialect.value(column)).collect();
    let column = |table, field| schema.column(table, field).expect("the schema was read with it");
    let (user_id, owner) = (column(Table::User, "id"), column(Table::Session, "userId"));
    let comparable = |column: &Column| {
        let expression = dialect.column(column);
        // An id and what refers to it may be of different types where nothing but Better Auth joins them.
        if user_id.holds == owner.holds { expression } else { dialect.text(&expression) }
    };
    format!(
        "SELECT {} FROM {} JOIN {} ON {} = {} WHERE {} = {}",
        values.join(", "),
        dialect.table(naming, Table::Session),
        dialect.table(naming, Table::User),
        comparable(user_id),
        comparable(owner),
        dialect.column(column(Table::Session, "token")),
        dialect.placeholder(),
    )
}
