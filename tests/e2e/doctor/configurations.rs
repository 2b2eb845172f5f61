//! What is wrong before anybody is asked.

use super::right;
use crate::parts::{
    examined::{examine, examine_toml},
    presented::Presented,
    service,
    settings::Settings,
    site::Site,
};

#[test]
fn a_configuration_that_cannot_be_read_is_a_report_with_every_fault() {
    let toml =
        "strategies = [\"session_table\", \"jwt\"]\njwt.leeway = \"5m\"\nsession_table.timeout = \"three\"";
    let examined = examine_toml(toml, &Presented::Nothing);
    examined.is_broken("configuration", "jwt.leeway", &["5m", "60s", "verifier.toml"]);
    examined.is_broken("configuration", "session_table.timeout", &["three", "10s"]);
    examined.is_broken("configuration", "better_auth.secret", &["BETTER_AUTH_SECRET", "session_table"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn tables_of_its_own_that_are_not_there() {
    let site = Site::sqlite();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.db");
    let settings = right(&site.better_auth, &["session_table"])
        .with_todos(&format!("sqlite://{}?mode=rwc", file.display()));
    let examined = examine(&settings);
    examined.is_broken("own-tables", "database.url", &["own.db", "better-auth-verifier migrate"]);
    assert!(!file.exists(), "doctor reads only");
    // As Better Auth's own database is: there, and without them.
    std::fs::File::create(&file).expect("a file");
    examine(&settings).is_broken("own-tables", "database.url", &["missing or out of date", "migrate"]);
    assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
    examine(&settings).has("fine", "own-tables", "database.url", &["own.db"]);
}

/// For people it is text: no colours where no terminal is, and never a secret.
#[tokio::test]
async fn a_report_for_people() {
    let site = Site::sqlite();
    let settings: Settings =
        right(&site.better_auth, &["session_table"]).with("better_auth.cookie_prefix", "acme");
    let ended = service::run(&["doctor"], &settings.toml());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let lines: Vec<_> = ended.output.lines().collect();
    assert!(lines[0].starts_with("BROKEN   cookie: Better Auth's session cookie is called"), "{ended:?}");
    for words in [
        "key       better_auth.cookie_prefix (from ",
        "to do     Set better_auth.cookie_prefix = \"better-auth\"",
        "fine     address: Better Auth answers at",
        "Something is broken: 1 broken, 0 warnings",
    ] {
        assert!(ended.output.contains(words), "{words}: {}", ended.output);
    }
    assert!(
        !ended.output.contains('\u{1b}') && !ended.output.contains(site.better_auth.secret()),
        "{ended:?}"
    );
}
