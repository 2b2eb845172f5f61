//! The fields of each table that are read.

use super::table::Table;
use crate::fields::{AdditionalFields, Field, FieldKind};

/// When the session was made. Read if the role may: a date in the future is evidence of a wrong time zone.
pub const CREATED_AT: &str = "createdAt";

/// A field by Better Auth's name, its kind, and whether Better Auth itself makes it: a plugin makes the others.
pub type KnownField = (&'static str, FieldKind, bool);

const SESSION: &[KnownField] = &[
    ("id", FieldKind::String, true),
    ("token", FieldKind::String, true),
    ("userId", FieldKind::String, true),
    ("expiresAt", FieldKind::Date, true),
    ("impersonatedBy", FieldKind::String, false),
    ("activeOrganizationId", FieldKind::String, false),
    ("activeTeamId", FieldKind::String, false),
];

const USER: &[KnownField] = &[
    ("id", FieldKind::String, true),
    ("name", FieldKind::String, true),
    ("email", FieldKind::String, true),
    ("emailVerified", FieldKind::Boolean, true),
    ("image", FieldKind::String, true),
    ("role", FieldKind::String, false),
    // Read as it is: a value that is neither true nor false counts as a ban.
    ("banned", FieldKind::String, false),
    ("banExpires", FieldKind::Date, false),
    ("isAnonymous", FieldKind::Boolean, false),
    ("twoFactorEnabled", FieldKind::Boolean, false),
    ("username", FieldKind::String, false),
    ("displayUsername", FieldKind::String, false),
    ("phoneNumber", FieldKind::String, false),
    ("phoneNumberVerified", FieldKind::Boolean, false),
];

/// The fields that are read, listed or not.
pub fn known(table: Table) -> &'static [KnownField] {
    match table {
        Table::Session => SESSION,
        Table::User => USER,
    }
}

/// The fields that are read because the configuration lists them.
pub fn additional(table: Table, fields: &AdditionalFields) -> &[Field] {
    match table {
        Table::Session => fields.session(),
        Table::User => fields.user(),
    }
}

/// Whether a field is read at all.
pub fn is_read(table: Table, field: &str, fields: &AdditionalFields) -> bool {
    let is_evidence = table == Table::Session && field == CREATED_AT;
    is_evidence
        || known(table).iter().any(|(name, ..)| *name == field)
        || additional(table, fields).iter().any(|one| one.name() == field)
}
