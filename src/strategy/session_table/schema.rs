//! What Better Auth's tables look like in this database.

use sea_orm::DatabaseConnection;

use super::{
    InspectError, catalogue,
    dialect::ColumnType,
    fault::SchemaFault,
    naming::{Naming, Table},
};
use crate::fields::{AdditionalFields, Field, FieldKind};

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
            catalogue::check_that_bans_are_not_hidden(database, naming).await?;
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
    let found = catalogue::columns(database, naming, table).await?;
    if found.is_empty() {
        let found = catalogue::tables(database, naming).await?;
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
