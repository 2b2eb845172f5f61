//! The time up to which the tokens of a user are refused.

use sea_orm::entity::prelude::*;

/// One row of `verifier_cut_off`. Of several for one user the latest counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verifier_cut_off")]
pub struct Model {
    /// The Better Auth user. Opaque text, compared byte for byte: `Ab` is not `aB`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    /// Milliseconds since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cut_off_at: i64,
}

/// A cut-off has no relations: its user lives in Better Auth's tables, which may be in another database.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
