//! Defaults, a file and the environment, one over the other.

use better_auth_verifier::config::{Cache, Config, Source};

use crate::{accepted, load, loaded, seconds};

#[test]
fn later_sources_win() {
    let file = r#"database.url = "sqlite://file.db""#;
    let url = |environment: &[_]| loaded(file, environment).database.url.expose_secret().to_owned();
    let well_known = ("DATABASE_URL", "sqlite://well-known.db");
    assert_eq!(url(&[]), "sqlite://file.db");
    assert_eq!(url(&[well_known]), "sqlite://well-known.db");
    assert_eq!(
        url(&[("VERIFIER_DATABASE__URL", "sqlite://prefixed.db"), well_known]),
        "sqlite://prefixed.db"
    );
    assert_eq!(url(&[("DATABASE_URL", "")]), "sqlite://file.db");
}

#[test]
fn a_table_may_be_given_in_part() {
    let config = accepted("[jwt]\ncache = { max_age = \"0s\" }\n[get_session]\ncache = { max_age = \"1s\" }");
    assert_eq!(config.kinds.jwt.cache, None);
    assert_eq!(config.kinds.get_session.cache, Some(Cache { max_age: seconds(1), capacity: 100_000 }));
    assert_eq!(config.kinds.jwt.leeway, seconds(30));
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let missing = Config::load(Some("/nowhere/verifier.toml".as_ref()), []).unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/verifier.toml: expected a file that can be read"), "{missing}");

    let broken = load("[better_auth]\nsecret = \"hush", &[]).unwrap_err();
    assert_eq!(broken.0.len(), 1);
    let broken = broken.to_string();
    assert!(broken.contains("line 2") && !broken.contains("hush") && !broken.contains('\n'), "{broken}");
}

#[test]
fn unknown_variables_are_a_warning_and_service_links_are_nothing() {
    let (_, warnings) = load(
        "",
        &[
            ("VERIFIER_SERVER__LISTN", "x"),
            ("VERIFIER_SERVICE_HOST", "10.0.0.1"),
            ("VERIFIER_SERVICE_PORT_HTTP", "80"),
            ("VERIFIER_PORT", "tcp://10.0.0.1:80"),
            ("VERIFIER_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("HOME", "/root"),
        ],
    )
    .unwrap();
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("VERIFIER_SERVER__LISTN is unknown"), "{warnings:?}");
    assert!(warnings[0].contains("did you mean VERIFIER_SERVER__LISTEN?"), "{warnings:?}");
}

#[test]
fn where_a_value_came_from_stays_known() {
    let file = "[jwt]\nleeway = \"1s\"\ncooldown = \"1s\"\ncache.max_age = \"1s\"";
    let environment = [
        ("VERIFIER_JWT__COOLDOWN", "2s"),
        ("DATABASE_URL", "sqlite://well-known.db"),
        ("REDIS_URL", "redis://localhost"),
    ];
    let (config, _) = load(file, &environment).unwrap();
    let origin = |key: &str| config.origin(key).map(Source::to_string).unwrap_or_default();
    assert!(origin("jwt.leeway").ends_with("verifier.toml"), "{}", origin("jwt.leeway"));
    assert!(origin("jwt.cache.max_age").ends_with("verifier.toml"));
    assert_eq!(origin("jwt.cooldown"), "VERIFIER_JWT__COOLDOWN");
    assert_eq!(origin("database.url"), "DATABASE_URL");
    assert_eq!(origin("secondary_storage.url"), "REDIS_URL");
    assert_eq!(origin("jwt.cache.capacity"), "the defaults");
    assert_eq!(config.origin("jwt.cache.capacity"), Some(&Source::Defaults));
    assert_eq!(config.origin("jwt.nonsense"), None);
}
