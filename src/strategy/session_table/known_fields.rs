//! The fields that are read, listed or not.

use super::table::Table;
use crate::fields::{AdditionalFields, FieldKind};

/// Fields of the session that are read, and whether Better Auth itself makes them or a plugin.
pub const SESSION: &[(&str, FieldKind, bool)] = &[
    ("id", FieldKind::String, true),
    ("token", FieldKind::String, true),
    ("userId", FieldKind::String, true),
    ("expiresAt", FieldKind::Date, true),
    ("impersonatedBy", FieldKind::String, false),
    ("activeOrganizationId", FieldKind::String, false),
    ("activeTeamId", FieldKind::String, false),
];

/// When the session was made. Read where it may be: one of the future is evidence of a wrong time zone.
pub const CREATED_AT: &str = "createdAt";

/// The same of the user.
pub const USER: &[(&str, FieldKind, bool)] = &[
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
    let is_evidence = table == Table::Session && field == CREATED_AT;
    is_evidence
        || known.iter().any(|(name, ..)| *name == field)
        || additional.iter().any(|one| one.name() == field)
}
