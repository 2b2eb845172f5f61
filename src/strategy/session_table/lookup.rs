//! The queries: built once, when the columns are known.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, QueryResult};
use serde_json::Map;

use crate::{
    better_auth::{
        SessionJson,
        tables::{
            Column, Dialect, InspectError, Naming, Schema, SchemaFault, Table, TimeZone, Visibility,
            Zoneless, readable, value,
        },
    },
    database::{Reader, Statement, query},
    fields::AdditionalFields,
};

/// Finds a session with its user by its token. Every column comes as text, whatever its type is: ids may be text,
/// uuid or numbers, dates text, numbers or timestamps.
pub struct Lookup {
    by_token: Statement,
    /// Without its values.
    by_id: String,
    /// Its columns are those of an answer, in their order.
    schema: Schema,
    zoneless: Zoneless,
    visibility: Visibility,
}

impl Lookup {
    /// Reads the schema and writes the query for it.
    pub async fn prepare(
        database: &DatabaseConnection,
        naming: &Naming,
        fields: &AdditionalFields,
        zone: TimeZone,
    ) -> Result<Self, InspectError> {
        naming.validate(fields).map_err(SchemaFault::from)?;
        let schema = Schema::read(database, naming, fields).await?;
        let dialect = Dialect(database.get_database_backend());
        let all = select(dialect, naming, &schema);
        let token = dialect.holds_value(needed(&schema, Table::Session, "token"));
        let by_token: Arc<str> = format!("{all} WHERE {token}").into();
        let by_id = format!("{all} WHERE {} IN", dialect.column(needed(&schema, Table::Session, "id")));
        // Once, without a token: checks that this role may read all of it.
        readable(query(database, &by_token, vec![String::new()]).await)?;
        let visibility = Visibility::prepare(database, naming).await?;
        let zoneless = Zoneless::new(zone, &schema);
        let by_token = Statement::new(by_token);
        let lookup = Self { by_token, by_id, schema, zoneless, visibility };
        tracing::info!(
            bans = lookup.schema.column(Table::User, "banned").is_some(),
            roles = lookup.schema.column(Table::User, "role").is_some(),
            "session table found"
        );
        Ok(lookup)
    }

    /// The session of this token with its user, as Better Auth would write them, if it exists. `None` only if this role would see
    /// it.
    pub async fn find(&self, reader: &Reader, token: &str) -> Result<Option<SessionJson>, InspectError> {
        let rows = reader.rows(&self.by_token, vec![token.to_owned()]).await?;
        let Some(row) = rows.first() else {
            self.visibility.ensure(reader).await?;
            return Ok(None);
        };
        Ok(Some(self.read(row)?))
    }

    /// The sessions of these ids, which are asked for with `?`.
    pub async fn find_all(
        &self,
        database: &DatabaseConnection,
        ids: Vec<String>,
    ) -> Result<Vec<SessionJson>, DbErr> {
        let sql = format!("{} ({})", self.by_id, vec!["?"; ids.len()].join(", ")).into();
        query(database, &sql, ids).await?.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &QueryResult) -> Result<SessionJson, DbErr> {
        // Room for every column, allocated at once.
        let members = || Map::with_capacity(self.schema.columns().len());
        let mut found = SessionJson { session: members(), user: members() };
        for (index, column) in self.schema.columns().iter().enumerate() {
            let text: Option<String> = row.try_get_by_index(index)?;
            let read = |text| value::of_column(column, text, |shown| self.zoneless.read(column, shown));
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

fn select(dialect: Dialect, naming: &Naming, schema: &Schema) -> String {
    let values: Vec<_> = schema.columns().iter().map(|column| dialect.value(column)).collect();
    let user_id = needed(schema, Table::User, "id");
    let owner = needed(schema, Table::Session, "userId");
    let comparable = |column: &Column| {
        let expression = dialect.column(column);
        // An id and a reference to it may be of different types if only Better Auth joins them.
        if user_id.holds == owner.holds { expression } else { dialect.text(&expression) }
    };
    format!(
        "SELECT {} FROM {} JOIN {} ON {} = {}",
        values.join(", "),
        dialect.table(naming, Table::Session),
        dialect.table(naming, Table::User),
        comparable(user_id),
        comparable(owner),
    )
}

fn needed<'a>(schema: &'a Schema, table: Table, field: &str) -> &'a Column {
    schema.column(table, field).expect("the schema was read with it")
}
