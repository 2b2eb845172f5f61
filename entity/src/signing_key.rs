//! A key that signs assertions.

use sea_orm::entity::prelude::*;

/// One row of `verifier_signing_key`.
///
/// All of it is authenticated by what is sealed: a row that was changed is of no use.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verifier_signing_key")]
pub struct Model {
    /// Counts the keys. Of two instances that make the next one, the later finds its number taken.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    /// The RFC 7638 thumbprint of the public key.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub kid: String,
    /// What it signs with, by its JOSE name.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub algorithm: String,
    /// From when on it signs; milliseconds since 1970.
    pub activates_at: i64,
    /// From when on it signs no longer; milliseconds since 1970.
    pub retires_at: i64,
    /// The private key, encrypted.
    #[sea_orm(column_type = "Blob")]
    pub sealed: Vec<u8>,
}

/// A key stands alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
