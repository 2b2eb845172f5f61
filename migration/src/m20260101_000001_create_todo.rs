//! The to-dos.

use sea_orm_migration::prelude::*;

use crate::{collation::compare_exactly, index::create_once};

const BY_OWNER: &str = "verifier_todo_by_owner";

/// Creates `verifier_todo`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Todo::Table)
            .if_not_exists()
            .col(ColumnDef::new(Todo::Id).string_len(36).not_null().primary_key())
            .col(ColumnDef::new(Todo::Owner).string_len(255).not_null())
            .col(ColumnDef::new(Todo::Title).string_len(200).not_null())
            .col(ColumnDef::new(Todo::Description).text())
            .col(ColumnDef::new(Todo::Completed).boolean().not_null())
            .col(ColumnDef::new(Todo::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Todo::UpdatedAt).big_integer().not_null());
        compare_exactly(manager, &mut table).await?;
        manager.create_table(table).await?;

        let mut index = Index::create();
        index.table(Todo::Table).col(Todo::Owner).col(Todo::CreatedAt).col(Todo::Id);
        create_once(manager, "verifier_todo", BY_OWNER, &mut index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Todo::Table).if_exists().take()).await
    }
}

// Spelt out here and not taken from the entity: a migration describes the past, the entity the present.
#[derive(DeriveIden)]
enum Todo {
    #[sea_orm(iden = "verifier_todo")]
    Table,
    Id,
    Owner,
    Title,
    Description,
    Completed,
    CreatedAt,
    UpdatedAt,
}
