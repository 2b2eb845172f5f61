//! The signing keys of assertions.

use sea_orm_migration::prelude::*;

/// Creates `verifier_signing_key`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(VerifierSigningKey::Table)
            .if_not_exists()
            .col(ColumnDef::new(VerifierSigningKey::Generation).big_integer().not_null().primary_key())
            .col(ColumnDef::new(VerifierSigningKey::Kid).string_len(64).not_null())
            .col(ColumnDef::new(VerifierSigningKey::Algorithm).string_len(16).not_null())
            .col(ColumnDef::new(VerifierSigningKey::ActivatesAt).big_integer().not_null())
            .col(ColumnDef::new(VerifierSigningKey::RetiresAt).big_integer().not_null())
            .col(ColumnDef::new(VerifierSigningKey::Sealed).blob().not_null());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(VerifierSigningKey::Table).if_exists().take()).await
    }
}

// Spelt out here and not taken from the entity: a migration describes the past, the entity the present.
#[derive(DeriveIden)]
enum VerifierSigningKey {
    Table,
    Generation,
    Kid,
    Algorithm,
    ActivatesAt,
    RetiresAt,
    Sealed,
}
