//! What Better Auth's tables look like in this database.

use sea_orm::DatabaseConnection;

use super::{
    InspectError, catalogue,
    column::Column,
    fault::SchemaFault,
    known_fields::{self, CREATED_AT},
    naming::Naming,
    table::Table,
};
use crate::fields::{AdditionalFields, FieldKind};

/// The columns that are read, of both tables.
pub struct Schema(Vec<Column>);

impl Schema {
    /// Reads the columns from the database's own catalogue.
    pub async fn read(
        database: &DatabaseConnection,
        naming: &Naming,
        fields: &AdditionalFields,
    ) -> Result<Self, InspectError> {
        let session = columns(database, naming, Table::Session, fields).await?;
        let user = columns(database, naming, Table::User, fields).await?;
        let schema = Self(session.into_iter().chain(user).collect());
        if schema.column(Table::User, "banned").is_none() {
            catalogue::ensure_bans_are_visible(database, naming).await?;
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
    fields: &AdditionalFields,
) -> Result<Vec<Column>, InspectError> {
    let found = catalogue::columns(database, naming, table).await?;
    if found.is_empty() {
        let found = catalogue::tables(database, naming, table).await?;
        return Err(SchemaFault::Table { table: naming.table(table).to_owned(), found }.into());
    }
    let (known, additional) = (known_fields::known(table), known_fields::additional(table, fields));
    let unknown = additional.iter().filter(|field| known.iter().all(|(name, ..)| *name != field.name()));
    let is_listed = additional.iter().any(|field| field.name() == CREATED_AT);
    let evidence = (table == Table::Session && !is_listed).then_some((CREATED_AT, FieldKind::Date, false));
    let wanted = known
        .iter()
        .map(|(name, kind, needed)| (*name, *kind, *needed || naming.is_renamed(table, name)))
        .chain(unknown.map(|field| (field.name(), field.kind(), true)))
        .chain(evidence);
    let mut columns = Vec::new();
    for (field, kind, needed) in wanted {
        let name = naming.column(table, field).into_owned();
        match found.get(&name) {
            // A column that is only evidence may be missing; one that may hold a ban may not.
            Some(column) if !needed && field == CREATED_AT && !column.is_readable => {}
            Some(column) => {
                let holds = column.holds.clone();
                columns.push(Column { table, field: field.to_owned(), name, kind, holds });
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
