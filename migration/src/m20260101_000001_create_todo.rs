//! The to-dos.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

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
        if manager.get_database_backend() == DbBackend::MySql {
            table.character_set("utf8mb4").collate(exact_collation(manager).await?);
        }
        manager.create_table(table).await?;

        // MySQL knows no "create index if not exists" and no transaction around it; a half-done run must be repeatable.
        if manager.has_index("verifier_todo", BY_OWNER).await? {
            return Ok(());
        }
        let mut index = Index::create();
        index.name(BY_OWNER).table(Todo::Table).col(Todo::Owner).col(Todo::CreatedAt).col(Todo::Id);
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Todo::Table).if_exists().take()).await
    }
}

/// What compares byte by byte. MySQL's usual collations fold case and ignore blanks at the end: two users whose ids
/// differ only by that would share their to-dos. MariaDB has another name for it.
async fn exact_collation(manager: &SchemaManager<'_>) -> Result<&'static str, DbErr> {
    let version = Statement::from_string(DbBackend::MySql, "select version() as version");
    let row = manager.get_connection().query_one_raw(version).await?;
    let version: Option<String> = row.map(|row| row.try_get("", "version")).transpose()?;
    let is_mariadb = version.is_some_and(|version| version.contains("MariaDB"));
    Ok(if is_mariadb { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" })
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
