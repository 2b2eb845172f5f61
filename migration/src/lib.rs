//! Creates and updates the service's own tables.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

pub mod better_auth;
mod collation;
mod index;
mod m20260101_000001_create_todo;
mod m20261120_000001_create_cut_off;
mod m20261130_000001_create_signing_key;

/// Every migration, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260101_000001_create_todo::Migration),
            Box::new(m20261120_000001_create_cut_off::Migration),
            Box::new(m20261130_000001_create_signing_key::Migration),
        ]
    }

    // The database may be shared with an application that uses the default table name for its own migrations.
    fn migration_table_name() -> DynIden {
        "verifier_migration".into_iden()
    }
}
