//! The cut-offs of tokens.

use sea_orm_migration::prelude::*;

use crate::{collation::compare_exactly, index::create_once};

const BY_INSTANT: &str = "verifier_cut_off_by_instant";

/// Creates `verifier_cut_off`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(VerifierCutOff::Table)
            .if_not_exists()
            .col(ColumnDef::new(VerifierCutOff::UserId).string_len(255).not_null())
            .col(ColumnDef::new(VerifierCutOff::CutOffAt).big_integer().not_null())
            .primary_key(Index::create().col(VerifierCutOff::UserId).col(VerifierCutOff::CutOffAt));
        compare_exactly(manager, &mut table).await?;
        manager.create_table(table).await?;

        let mut index = Index::create();
        index.table(VerifierCutOff::Table).col(VerifierCutOff::CutOffAt);
        create_once(manager, "verifier_cut_off", BY_INSTANT, &mut index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(VerifierCutOff::Table).if_exists().take()).await
    }
}

// Spelt out here and not taken from the entity: a migration describes the past, the entity the present.
#[derive(DeriveIden)]
enum VerifierCutOff {
    Table,
    UserId,
    CutOffAt,
}
