use sea_orm_migration::prelude::*;

/// Creates an index, unless it exists. MySQL knows no "create index if not exists" and no transaction around it; it must be
/// possible to repeat a half-done run.
pub async fn create_once(
    manager: &SchemaManager<'_>,
    table: &str,
    name: &str,
    index: &mut IndexCreateStatement,
) -> Result<(), DbErr> {
    if manager.has_index(table, name).await? {
        return Ok(());
    }
    manager.create_index(index.name(name).take()).await
}
