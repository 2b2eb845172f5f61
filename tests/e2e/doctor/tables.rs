//! Tables in SQLite that are elsewhere or otherwise called.

use serde_json::json;

use super::right;
use crate::parts::{database::Database, examined::examine, redis::Redis, site::Site};

const URL: &str = "session_table.database_url";

#[tokio::test]
async fn tables_that_are_elsewhere_or_otherwise_called() {
    let site = Site::own_sqlite();
    site.ann().await;
    let settings = right(&site.better_auth, &["session_table"]);
    examine(&settings.clone().with(URL, "sqlite:///nowhere/better-auth.db")).is_broken(
        "tables",
        URL,
        &["/nowhere/better-auth.db", "cannot be opened", "whole path"],
    );
    examine(&settings.clone().with("session_table.table", "sessions")).is_broken(
        "tables",
        "session_table.database_url, session_table.schema, .table or .user_table",
        &["no table \"sessions\"", "session_table.table"],
    );
    examine(&settings.with("session_table.naming", "snake_case")).is_broken(
        "tables",
        "session_table.naming or .columns, or identity",
        &["no column \"user_id\"", "userId"],
    );
}

#[tokio::test]
async fn a_role_that_nobody_can_have() {
    let site = Site::own_sqlite();
    site.ann().await;
    site.sql(r#"ALTER TABLE "user" DROP COLUMN "role""#).await;
    let settings = right(&site.better_auth, &["session_table"])
        .with("server.trusted_proxies", ["127.0.0.1"])
        .with("forward_auth.profiles.admin.require", ["role:admin"]);
    examine(&settings).warns(
        "tables",
        "forward_auth.profiles",
        &["role:admin", "no column `role`", "admin()"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn columns_in_snake_case() {
    let site = Site::own_sqlite();
    site.ann().await;
    for (column, renamed) in [("userId", "user_id"), ("expiresAt", "expires_at")] {
        site.sql(&format!(r#"ALTER TABLE "session" RENAME COLUMN "{column}" TO "{renamed}""#)).await;
    }
    examine(&right(&site.better_auth, &["session_table"])).is_broken(
        "tables",
        "session_table.naming or .columns, or identity",
        &["expires_at", "naming = \"snake_case\""],
    );
}

/// Better Auth with a secondary storage makes no table of sessions.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn sessions_that_are_in_redis_alone() {
    let site = Site::on_redis(&Redis::start(), json!({}));
    examine(&right(&site.better_auth, &["session_table"])).is_broken(
        "tables",
        "session_table.database_url, session_table.schema, .table or .user_table",
        &["no table \"session\"", "`secondaryStorage`", "secondary_storage"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_file_that_others_may_read() {
    let site = Site::start(&Database::Sqlite, json!({}));
    site.ann().await;
    let settings = right(&site.better_auth, &["session_table"]);
    examine(&settings).is_well();
    let file = site.better_auth.database_url().trim_start_matches("sqlite://");
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("the file");
    examine(&settings).warns("tables", URL, &["chmod 600", "644"]);
}
