//! Addresses that others write, for this service and for programs beside it.

use better_auth_verifier::config::Config;

use crate::{accepted, load, refused};

const TABLE: &str = "strategies = [\"session_table\"]\nbetter_auth.secret = \"a secret of at least thirty-two bytes\"\ntodos.enabled = false\n";
const ALONE: &str = "strategies = [\"jwt\"]\ntodos.enabled = false\n";

/// Those of a `.env` that Better Auth's own process reads, and that nothing can be read from here.
const FOREIGN: [(&str, &str); 6] = [
    ("DATABASE_URL", "libsql://app.turso.io?authToken=hush"),
    ("DATABASE_URL", "mongodb+srv://me:hush@cluster.example/app"),
    ("DATABASE_URL", "sqlserver://db.example:1433;user=sa;password=hush"),
    ("DATABASE_URL", "prisma+postgres://accelerate.example/?api_key=hush"),
    ("DATABASE_URL", "postgres://h1:5432,h2:5432/app?password=hush"),
    ("REDIS_URL", "https://me:hush@redis.example"),
];

fn warnings(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let (_, warnings) = load(text, variables).unwrap_or_else(|faults| panic!("{variables:?}: {faults}"));
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn f7_a_shared_variable_that_nothing_here_uses_is_no_more_than_a_warning() {
    for (name, value) in FOREIGN {
        let warnings = warnings(ALONE, &[(name, value)]);
        assert_eq!(warnings.len(), 1, "{value}: {warnings:?}");
        assert!(warnings[0].starts_with(&format!("environment variable {name} is ignored")), "{warnings:?}");
        assert!(!warnings[0].contains("hush"), "{warnings:?}");
    }
    // Understood, whether it is used or not.
    for value in ["file:./dev.db", "postgresql+asyncpg://me:hush@db.example/app"] {
        assert_eq!(warnings(ALONE, &[("DATABASE_URL", value)]), [""; 0], "{value}");
    }
    for (name, value) in [("BETTER_AUTH_SECRETS", "hush"), ("BETTER_AUTH_SECRET", BUILT_IN)] {
        let warnings = warnings(ALONE, &[(name, value)]);
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert!(warnings[0].starts_with(&format!("environment variable {name} is ignored")), "{warnings:?}");
    }
    // All at once.
    let all: Vec<_> = [FOREIGN[1], FOREIGN[5], ("BETTER_AUTH_SECRETS", "hush")].into();
    assert_eq!(warnings(ALONE, &all).len(), all.len());
}

const BUILT_IN: &str = "better-auth-secret-12345678901234567890";

#[test]
fn f7_a_shared_variable_is_a_fault_where_something_needs_it() {
    let redis = "strategies = [\"secondary_storage\"]\nbetter_auth.secret = \"a secret of at least thirty-two bytes\"\ntodos.enabled = false\n";
    for (name, value) in FOREIGN {
        let text = if name == "REDIS_URL" { redis } else { TABLE };
        let faults = load(text, &[(name, value)]).unwrap_err().to_string();
        assert!(faults.contains(&format!("in environment variable {name}: expected")), "{faults}");
        assert!(!faults.contains("hush") && !faults.contains('\n'), "{faults}");
    }
    // To-dos need it, and so do cut-offs that are kept.
    for text in
        ["strategies = [\"jwt\"]", "strategies = [\"jwt\"]\ntodos.enabled = false\nrevocation.persist = true"]
    {
        assert!(load(text, &[FOREIGN[1]]).is_err(), "{text}");
    }
    // Better Auth's tables are elsewhere, so it is used by nobody.
    let elsewhere = format!("{TABLE}session_table.database_url = \"sqlite:auth.db\"");
    assert_eq!(warnings(&elsewhere, &[FOREIGN[1]]).len(), 1);
    for kind in ["get_session", "session_table"] {
        let text = format!("strategies = [\"{kind}\"]\ntodos.enabled = false");
        assert!(load(&text, &[("BETTER_AUTH_SECRETS", "hush")]).is_err(), "{kind}");
    }
}

#[test]
fn f7_what_a_person_wrote_for_this_service_is_a_fault_of_form() {
    for (name, value) in [
        ("VERIFIER_DATABASE__URL", FOREIGN[1].1),
        ("VERIFIER_SECONDARY_STORAGE__URL", "https://redis.example"),
    ] {
        assert!(load(ALONE, &[(name, value)]).is_err(), "{name}");
    }
    refused(&format!("{ALONE}database.url = \"libsql://app.turso.io\""), "database.url", "get_session");
}

#[test]
fn lists_of_origins_are_understood_as_others_write_them() {
    let origins = |variables: &[(&str, &str)]| {
        let config = load("", variables).unwrap_or_else(|faults| panic!("{variables:?}: {faults}")).0;
        (config.better_auth.trusted_origins, config.cors.origins)
    };
    let both = ["https://a.example", "https://b.example"];
    for written in ["https://a.example,https://b.example", " https://a.example/ , https://b.example/login "] {
        let (trusted, readers) = origins(&[("FRONTEND_URL", written)]);
        assert_eq!(trusted, ["http://localhost:3000", both[0], both[1]], "{written}");
        assert_eq!(readers, both, "{written}");
    }
    for written in [r#"["https://a.example","https://b.example"]"#, "https://a.example, https://b.example"] {
        assert_eq!(origins(&[("CORS_ORIGINS", written)]).1, both, "{written}");
        assert_eq!(origins(&[("VERIFIER_CORS__ORIGINS", written)]).1, both, "{written}");
        assert_eq!(origins(&[("FRONTEND_URL", written)]).1, both, "{written}");
    }
    let faults = load("", &[("FRONTEND_URL", "https://a.example,b.example")]).unwrap_err().to_string();
    assert!(faults.starts_with("FRONTEND_URL = \"b.example\""), "{faults}");
}

#[test]
fn o2_a_database_that_is_encrypted_and_not_authenticated_is_told_with_the_remedy() {
    for (url, remedy) in [
        ("postgres://db.example/app?sslmode=require", "sslmode=verify-full and sslrootcert=FILE"),
        ("postgres://db.example/app?sslmode=no-verify", "sslmode=verify-full and sslrootcert=FILE"),
        ("mysql://db.example/app?ssl-mode=REQUIRED", "sslmode=verify_identity and sslca=FILE"),
    ] {
        for key in ["database.url", "session_table.database_url"] {
            let warnings = warnings(&format!("{TABLE}{key} = \"{url}\""), &[]);
            assert_eq!(warnings.len(), 1, "{url}: {warnings:?}");
            assert!(
                warnings[0].starts_with(&format!("{key} is encrypted, but does not authenticate the server")),
                "{warnings:?}"
            );
            assert!(warnings[0].contains(remedy), "{warnings:?}");
        }
        // Nobody opens it.
        assert_eq!(warnings(&format!("{ALONE}database.url = \"{url}\""), &[]), [""; 0]);
    }
    for url in [
        "postgres://localhost/app?sslmode=require",
        "postgres://db.example/app?sslmode=verify-full",
        "postgres://db.example/app?sslmode=require&sslrootcert=ca.pem",
        "mysql://db.example/app?sslaccept=strict",
    ] {
        assert_eq!(warnings(&format!("{TABLE}database.url = \"{url}\""), &[]), [""; 0], "{url}");
    }
}

/// What the tables are looked for by.
fn naming(text: &str) -> String {
    let config: Config = accepted(&format!("{TABLE}{text}"));
    format!("{:?}", config.kinds.session_table.naming)
}

#[test]
fn f1_a_schema_in_the_address_is_the_same_as_the_key() {
    let address =
        |parameters: &str| format!("session_table.database_url = \"postgres://localhost/app{parameters}\"\n");
    let key = "session_table.schema = \"auth\"\n";
    let named = naming(&format!("{}{key}", address("")));
    assert_ne!(named, naming(&address("")));
    for parameters in
        ["?schema=auth", "?search_path=auth", "?currentSchema=auth", "?options=-csearch_path%3Dauth"]
    {
        assert_eq!(naming(&address(parameters)), named, "{parameters}");
        assert_eq!(naming(&format!("{}{key}", address(parameters))), named, "{parameters}");
        let other = format!("{TABLE}{}session_table.schema = \"public\"", address(parameters));
        refused(&other, "session_table.schema", "\"auth\" or nothing");
    }
    let shared = "database.url = \"postgres://localhost/app?schema=auth\"";
    assert_eq!(naming(shared), named);
    let sqlite = "session_table.database_url = \"sqlite:auth.db\"\nsession_table.table = \"auth.session\"";
    refused(&format!("{TABLE}{sqlite}"), "session_table.table", "SQLite has none");
}

#[test]
fn o2_nothing_goes_unencrypted_beyond_loopback_unless_it_is_meant() {
    let plain = [
        ("better_auth.url", "http://auth.example"),
        ("better_auth.internal_url", "http://10.0.0.1:3000"),
        ("jwt.jwks_url", "http://localhost.example/jwks"),
        ("database.url", "postgres://db.example/app"),
        ("database.url", "postgres://db.example/app?sslmode=prefer"),
        ("database.url", "postgresql://localhost/app?host=db.example"),
        ("database.url", "mysql://db.example/app?ssl-mode=DISABLED"),
    ];
    for (key, url) in plain {
        let text = format!("{key} = {url:?}");
        refused(&text, key, "better_auth.allow_insecure = true");
        let (_, warnings) = load(&format!("{text}\nbetter_auth.allow_insecure = true"), &[]).unwrap();
        assert_eq!(warnings.len(), 1, "{text}");
        assert!(warnings[0].to_string().starts_with(key), "{text}");
    }
    for (key, url) in [
        ("better_auth.url", "http://127.1.2.3:3000"),
        ("better_auth.internal_url", "http://[::1]"),
        ("database.url", "postgres://db.example/app?sslmode=require"),
        ("database.url", "postgres://db.example/app?sslmode=disable&sslmode=verify-full"),
        ("database.url", "mysql://db.example/app?ssl-mode=VERIFY_CA"),
        ("database.url", "mysql://localhost/app"),
        ("database.url", "sqlite::memory:"),
    ] {
        accepted(&format!("{key} = {url:?}"));
    }
}
