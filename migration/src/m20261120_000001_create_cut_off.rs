//! The cut-offs of tokens.

use sea_orm_migration::prelude::*;

use crate::collation::compare_exactly;

/// Creates `verifier_cut_off`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(CutOff::Table)
            .if_not_exists()
            .col(ColumnDef::new(CutOff::UserId).string_len(255).not_null())
            .col(ColumnDef::new(CutOff::Second).big_integer().not_null())
            .primary_key(Index::create().col(CutOff::UserId).col(CutOff::Second));
        compare_exactly(manager, &mut table).await?;
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CutOff::Table).if_exists().take()).await
    }
}

#[derive(DeriveIden)]
enum CutOff {
    #[sea_orm(iden = "verifier_cut_off")]
    Table,
    UserId,
    Second,
}
