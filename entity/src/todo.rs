//! A to-do and its owner.

use sea_orm::entity::prelude::*;

/// One row of `verifier_todo`.
///
/// The instants are integers in the database. Its own timestamp types lose the milliseconds (MySQL), keep more than
/// them (PostgreSQL) or depend on the session's time zone; a page cursor needs exactly what was stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verifier_todo")]
pub struct Model {
    /// A UUID in its text form, at most 36 characters.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(36))")]
    pub id: String,
    /// The Better Auth user who owns it. Opaque text, compared byte for byte: `Ab` is not `aB`.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub owner: String,
    /// The task; at most 200 characters.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub title: String,
    /// Further notes.
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    /// When it was written, to the millisecond.
    pub created_at: ChronoUnixTimestampMillis,
    /// When it was last changed, to the millisecond.
    pub updated_at: ChronoUnixTimestampMillis,
}

/// A to-do has no relations: its owner lives in Better Auth's tables, which may be in another database.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
