//! A key that signs assertions.

use sea_orm::entity::prelude::*;

/// One row of `verifier_signing_key`.
///
/// The seal authenticates all of it: a changed row is useless.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verifier_signing_key")]
pub struct Model {
    /// Numbers the keys. If two instances make the next one, the later finds its number taken.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    /// The RFC 7638 thumbprint of the public key.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub kid: String,
    /// The JOSE name of its algorithm.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub algorithm: String,
    /// The time from which it signs; milliseconds since 1970.
    pub activates_at: i64,
    /// The time from which it signs no longer; milliseconds since 1970.
    pub retires_at: i64,
    /// The private key, encrypted.
    #[sea_orm(column_type = "Blob")]
    pub sealed: Vec<u8>,
}

/// A key has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
