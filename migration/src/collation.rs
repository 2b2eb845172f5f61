//! How MySQL and MariaDB compare texts.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

/// Makes a table compare byte by byte. The usual collations fold case and ignore blanks at the end: two users whose ids
/// differ only in that would count as one. MariaDB has another name for it; other databases compare so anyway.
pub async fn compare_exactly(
    manager: &SchemaManager<'_>,
    table: &mut TableCreateStatement,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::MySql {
        return Ok(());
    }
    let version = Statement::from_string(DbBackend::MySql, "select version() as version");
    let row = manager.get_connection().query_one_raw(version).await?;
    let version: Option<String> = row.map(|row| row.try_get("", "version")).transpose()?;
    let is_mariadb = version.is_some_and(|version| version.contains("MariaDB"));
    let collation = if is_mariadb { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" };
    table.character_set("utf8mb4").collate(collation);
    Ok(())
}
