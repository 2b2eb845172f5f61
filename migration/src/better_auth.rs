//! Better Auth's own tables, for the demo and for tests.
//!
//! In production they belong to Better Auth, which creates and alters them; this service only reads them.

use sea_orm_migration::prelude::*;

/// Creates those tables of Better Auth 1.7 that are missing in a SQLite database.
///
/// # Errors
///
/// When the database refuses.
pub async fn create_tables(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    db.execute_unprepared(include_str!("better_auth.sql")).await.map(drop)
}
