//! `migrate --revocation-triggers`, as far as it needs no PostgreSQL.

use crate::parts::service::Setup;

const TRIGGERS: &str = "--revocation-triggers";
/// The triggers that each of these tables has.
const NAMES: [&str; 2] = ["verifier_revocation", "verifier_revocation_truncate"];
const TABLES: [&str; 2] = [r#""session""#, r#""user""#];

/// Better Auth's tables are in this database.
fn with(url: &str) -> Setup {
    Setup::empty().config(&format!("session_table.database_url = '{url}'"))
}

#[test]
fn other_databases_need_no_triggers_and_are_not_touched() {
    let urls =
        ["sqlite://auth.db?mode=rwc", "mysql://reader:hunter2-swordfish@127.0.0.1:9/auth", "sqlite::memory:"];
    for url in urls {
        let setup = with(url);
        for more in [&[][..], &["--print"], &["--undo"]] {
            let finished = setup.run(&[&["migrate", TRIGGERS], more].concat());
            finished.expect_one_line(&["session_table.database_url", "only PostgreSQL", "need none"]);
            assert_eq!(finished.stdout, "");
            assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
        }
        assert!(!setup.folder().join("auth.db").exists());
    }
    // Nor where Better Auth's tables are beside this service's own.
    Setup::empty().run(&["migrate", TRIGGERS]).expect_one_line(&["session_table.database_url"]);
}

#[test]
fn what_is_about_triggers_without_them_exits_2() {
    for arguments in [&["--print"][..], &["--undo"], &["--print", "--undo"]] {
        let setup = with("postgres://127.0.0.1:9/auth");
        let finished = setup.run(&[&["migrate"], arguments].concat());
        finished.expect_code(2);
        assert!(finished.stdout.is_empty() && finished.stderr.contains("Usage"), "{finished:?}");
    }
}

#[test]
fn the_statements_are_printed_without_a_database() {
    let setup = with("postgres://owner:hunter2-swordfish@127.0.0.1:9/auth");
    let finished = setup.run(&["migrate", TRIGGERS, "--print"]);
    assert_eq!(finished.expect_code(0).stderr, "");
    let sql = finished.stdout;
    for statement in ["BEGIN;", "CREATE OR REPLACE FUNCTION verifier_revocation()", "COMMIT;"] {
        assert!(sql.contains(statement), "{statement}: {sql}");
    }
    for table in TABLES {
        assert!(sql.contains(&format!("AFTER UPDATE OR DELETE ON {table}")), "{sql}");
        assert!(sql.contains(&format!("AFTER TRUNCATE ON {table}")), "{sql}");
    }
    assert!(sql.ends_with(";\n") && !sql.contains("hunter2"), "{sql}");
    // It can be run again after a change: what is there is replaced.
    for (name, table) in NAMES.iter().flat_map(|name| TABLES.map(|table| (name, table))) {
        assert_eq!(sql.matches(&format!("DROP TRIGGER IF EXISTS {name} ON {table}")).count(), 1, "{sql}");
        assert_eq!(sql.matches(&format!("CREATE TRIGGER {name} ")).count(), TABLES.len(), "{sql}");
    }
}

#[test]
fn so_are_those_that_remove_them() {
    let setup = with("postgres://owner:hunter2-swordfish@127.0.0.1:9/auth");
    let finished = setup.run(&["migrate", TRIGGERS, "--undo", "--print"]);
    let sql = &finished.expect_code(0).stdout;
    let count = NAMES.len() * TABLES.len();
    assert_eq!(sql.matches("DROP TRIGGER IF EXISTS verifier_revocation").count(), count, "{sql}");
    assert!(sql.contains("DROP FUNCTION IF EXISTS verifier_revocation()"), "{sql}");
    assert!(!sql.contains("CREATE") && !sql.contains("hunter2"), "{sql}");
    assert_eq!(&setup.run(&["migrate", TRIGGERS, "--print", "--undo"]).stdout, sql);
}

#[test]
fn they_are_about_the_tables_as_they_are_called_here() {
    let setup = with("postgresql://127.0.0.1:9/auth")
        .config("session_table.schema = 'auth'")
        .config("session_table.table = 'sessions'")
        .config("session_table.user_table = 'users'")
        .config("session_table.naming = 'snake_case'")
        .config("session_table.columns = ['session.userId=owner']");
    let sql = setup.run(&["migrate", TRIGGERS, "--print"]).expect_code(0).stdout.clone();
    for part in [
        r#"ON "auth"."sessions""#,
        r#"ON "auth"."users""#,
        r#"FUNCTION "auth".verifier_revocation()"#,
        "'owner'",
        "'expires_at'",
        "'ban_expires'",
    ] {
        assert!(sql.contains(part), "{part}: {sql}");
    }
    assert!(!sql.contains("userId") && !sql.contains("user_id"), "{sql}");
}
