//! What each strategy needs, and which contradictions are told.

use better_auth_verifier::{
    Field, FieldKind,
    config::{Config, StrategyKind},
};

use crate::{accepted, load, refused};

const SECRET: &str = "better_auth.secret = \"a secret of at least thirty-two bytes\"\n";

/// The warnings about a configuration that is accepted.
fn warnings(text: &str) -> Vec<String> {
    let (_, warnings) = load(text, &[]).unwrap_or_else(|faults| panic!("{text}: {faults}"));
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn strategies_are_known_chosen_and_chosen_once() {
    refused("strategies = []", "strategies", "at least one");
    refused("strategies = [\"jwt\", \"jwt\"]", "strategies", "none twice");
    let all: Vec<_> = StrategyKind::ALL.iter().map(|kind| kind.name()).collect();
    let all = format!("one of {}", all.join(", "));
    refused("strategies = [\"jwt\", \"magic\"]", "strategies", &all);
    refused("strategies = [\"magic\"]", "strategies", "one of jwt");
    refused("strategies = \"jwt\"", "strategies", "a list of strings");
    refused("strategies = [\"session_table\"]", "better_auth.secret", "as session_table checks signatures");
}

#[test]
fn a_section_that_nobody_uses_is_checked_for_form_only() {
    let contradictory = "jwt.algorithms = []\njwt.leeway = \"5m\"\njwt.jwks_url = \"http://keys.example\"\n";
    accepted(&format!("strategies = [\"get_session\"]\n{contradictory}"));
    refused("strategies = [\"get_session\"]\njwt.leeway = \"soon\"", "jwt.leeway", "a duration");

    let remote = "session_table.database_url = \"mysql://db.example/app\"\n";
    accepted(remote);
    let used = format!(
        "{remote}strategies = [\"session_table\"]\nbetter_auth.secret = \"a secret of at least thirty-two bytes\"\n"
    );
    refused(&used, "session_table.database_url", "sslmode=required");

    let own = "todos.enabled = false\ndatabase.url = \"postgres://db.example/app\"\n";
    accepted(own);
    let shared = format!(
        "{own}strategies = [\"session_table\"]\nbetter_auth.secret = \"a secret of at least thirty-two bytes\"\n"
    );
    refused(&shared, "database.url", "sslmode=require");
}

#[test]
fn what_checks_better_auths_signatures_needs_its_secret() {
    let storage = "secondary_storage.url = \"redis://localhost\"\n";
    for kind in ["session_cookie_cache", "session_table", "secondary_storage"] {
        let text = format!("{storage}strategies = [\"get_session\", \"{kind}\"]\n");
        refused(&text, "better_auth.secret", &format!("as {kind} checks signatures"));
        accepted(&format!("{text}{SECRET}"));
        accepted(&format!("{text}better_auth.secrets = [\"1:s\"]"));
    }
    accepted("strategies = [\"jwt\", \"get_session\"]");
}

#[test]
fn a_cookie_cache_that_is_never_asked_is_a_warning() {
    let storage = "secondary_storage.url = \"redis://localhost\"\n";
    let of = |strategies: &str| warnings(&format!("{storage}{SECRET}\nstrategies = [{strategies}]"));
    for first in ["session_table", "secondary_storage", "get_session"] {
        let warnings = of(&format!("\"jwt\", \"{first}\", \"session_cookie_cache\""));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with("strategies: session_cookie_cache is never asked"), "{warnings:?}");
        assert!(warnings[0].contains(first), "{warnings:?}");
        assert_eq!(of(&format!("\"session_cookie_cache\", \"{first}\"")), [""; 0]);
        assert_eq!(of(&format!("\"{first}\", \"jwt\"")), [""; 0]);
    }
}

#[test]
fn a_shared_secret_that_is_better_auths_own_is_a_warning() {
    let secret = "x".repeat(32);
    let other = "y".repeat(32);
    for better_auth in
        [format!("secret = \"{secret}\""), format!("secrets = [\"2:{other}z\", \"1:{secret}\"]")]
    {
        for shared in [
            format!("secret = \"{secret}\""),
            format!("secret = \"{other}\"\nolder_secrets = [\"{secret}\"]"),
        ] {
            let text = format!("[better_auth]\n{better_auth}\n[shared_secret]\n{shared}");
            let warnings = warnings(&format!("strategies = [\"shared_secret\"]\n{text}"));
            assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
            assert!(warnings[0].starts_with("shared_secret"), "{warnings:?}");
            assert!(
                warnings[0].contains("Better Auth's own") && !warnings[0].contains(&secret),
                "{warnings:?}"
            );
        }
    }
    refused("strategies = [\"shared_secret\"]", "shared_secret.secret", "32 bytes");
    refused("shared_secret.leeway = \"61s\"", "shared_secret.leeway", "at most \"60s\"");
    refused("shared_secret.access_lifetime = \"0s\"", "shared_secret.access_lifetime", "longer than zero");
    refused("shared_secret.refresh_lifetime = \"2y\"", "shared_secret.refresh_lifetime", "at most a year");
}

fn storage(text: &str) -> Config {
    accepted(&format!("{SECRET}strategies = [\"secondary_storage\"]\n[secondary_storage]\n{text}"))
}

#[test]
fn secondary_storage_is_a_redis_and_says_who_decides() {
    let used = format!("{SECRET}strategies = [\"secondary_storage\"]\n");
    refused(&used, "secondary_storage.url", "REDIS_URL");
    for url in [
        "http://localhost",
        "redis:",
        "rediss://localhost/#insecure",
        "unix:///run/redis.sock#x",
        "localhost:6379",
    ] {
        refused(
            &format!("secondary_storage.url = \"{url}\""),
            "secondary_storage.url",
            "a redis, rediss, valkey, valkeys or unix URL",
        );
    }
    storage("url = \"unix:///run/redis.sock\"");
    let url = "url = \"redis://localhost\"\n";
    let (store, preserve) = ("store_session_in_database = true\n", "preserve_session_in_database = true\n");
    assert!(!storage(url).kinds.secondary_storage.falls_back_to_table());
    assert!(storage(&format!("{url}{store}")).kinds.secondary_storage.falls_back_to_table());
    // Rows outlive their sessions: Redis alone decides.
    assert!(!storage(&format!("{url}{store}{preserve}")).kinds.secondary_storage.falls_back_to_table());
    let contradictory = format!("{used}[secondary_storage]\n{url}{preserve}");
    refused(
        &contradictory,
        "secondary_storage.preserve_session_in_database",
        "store_session_in_database = true beside it",
    );
    // Only where it is asked.
    accepted(&format!("[secondary_storage]\n{url}{preserve}"));
}

#[test]
fn the_table_behind_secondary_storage_is_checked_as_if_it_were_a_strategy() {
    let text = |store: &str| {
        format!(
            "{SECRET}strategies = [\"secondary_storage\"]\nsession_table.database_url = \"mysql://db.example/app\"\n\
             [secondary_storage]\nurl = \"redis://localhost\"\n{store}"
        )
    };
    accepted(&text(""));
    refused(&text("store_session_in_database = true"), "session_table.database_url", "sslmode=required");
}

#[test]
fn o2_a_redis_beyond_loopback_is_encrypted_unless_it_is_meant() {
    for url in
        ["redis://redis.example", "redis://10.0.0.1:6379/0", "redis://localhost.example", "redis://[::2]"]
    {
        let text =
            format!("{SECRET}strategies = [\"secondary_storage\"]\nsecondary_storage.url = \"{url}\"\n");
        refused(&text, "secondary_storage.url", "rediss, or better_auth.allow_insecure = true");
        let warnings = warnings(&format!("{text}better_auth.allow_insecure = true"));
        assert_eq!(warnings.len(), 1, "{url}: {warnings:?}");
        assert!(warnings[0].starts_with("secondary_storage.url goes unencrypted"), "{warnings:?}");
    }
    for url in ["redis://localhost", "redis://127.0.0.2:1", "redis://[::1]:1/2", "rediss://redis.example"] {
        storage(&format!("url = \"{url}\""));
    }
}

#[test]
fn fields_are_named_and_typed_and_the_sessions_token_is_none() {
    let fields = accepted(
        "[identity]\nuser_fields = [\"plan\", \"credits:number\", \"beta:boolean\", \"ends:date\", \"tags:json\"]\n\
         session_fields = [\"theme:string\"]",
    )
    .fields;
    let kinds: Vec<_> = fields.user().iter().map(Field::kind).collect();
    assert_eq!(
        kinds,
        [FieldKind::String, FieldKind::Number, FieldKind::Boolean, FieldKind::Date, FieldKind::Json]
    );
    assert_eq!(fields.session(), [Field::new("theme", FieldKind::String)]);
    for token in ["token", "token:json", " token "] {
        refused(
            &format!("identity.session_fields = [\"theme\", \"{token}\"]"),
            "identity.session_fields",
            "no `token`",
        );
    }
    for bad in ["", "a b", "plan:text", "a.b", "credits:number:x"] {
        refused(
            &format!("identity.user_fields = [\"{bad}\"]"),
            "identity.user_fields",
            "a field such as \"plan\"",
        );
    }
}

#[test]
fn names_of_tables_and_columns_have_their_form() {
    refused("session_table.table = \"\"", "session_table.table", "the name of a table");
    refused("session_table.user_table = \"\"", "session_table.user_table", "the name of a table");
    refused("session_table.naming = \"kebab-case\"", "session_table.naming", "\"snake_case\"");
    for bad in ["token=t", "account.id=x", "session.token", "session.=x", "session.token="] {
        refused(
            &format!("session_table.columns = [\"{bad}\"]"),
            "session_table.columns",
            "\"user.email=email_address\"",
        );
    }
    accepted("session_table.columns = [\"session.token=the token\", \"user.email=e=mail\"]");
}

#[test]
fn the_cookie_cache_is_read_under_its_bare_name_only_where_nobody_could_plant_it() {
    let names = |text: &str| accepted(text).kinds.session_cookie_cache.cookies;
    assert_eq!(names(""), ["__Secure-better-auth.session_data", "better-auth.session_data"]);
    assert_eq!(
        names("better_auth.cookie_prefix = \"acme\""),
        ["__Secure-acme.session_data", "acme.session_data"]
    );
    let own = "session_cookie_cache.cookie_name = \"data\"\nbetter_auth.cookie_prefix = \"acme\"";
    assert_eq!(names(own), ["__Secure-data", "data"]);
    let https = "better_auth.url = \"https://a.example\"\n";
    assert_eq!(names(https), ["__Secure-better-auth.session_data"]);
    let host = names(&format!("{https}better_auth.cookie_prefix = \"__Host-acme\""));
    assert_eq!(host, ["__Secure-__Host-acme.session_data", "__Host-acme.session_data"]);
    assert_eq!(names(&format!("{https}{own}")), ["__Secure-data"]);
    assert_eq!(
        names(&format!("{https}{own}\nbetter_auth.allow_plain_cookie = true")),
        ["__Secure-data", "data"]
    );
    refused(
        "session_cookie_cache.cookie_name = \"a b\"",
        "session_cookie_cache.cookie_name",
        "a cookie name",
    );
    refused("session_cookie_cache.version = \"\"", "session_cookie_cache.version", "a version");
}

#[test]
fn a_column_that_nobody_reads_is_refused_and_so_is_a_token_under_another_name() {
    let refused = |text: &str, key: &str, expected: &str| {
        refused(&format!("{SECRET}strategies = [\"session_table\"]\n{text}"), key, expected);
    };
    let columns = "session_table.columns";
    refused("session_table.columns = [\"user.baned=b\"]", columns, "user has none called \"baned\"");
    refused("session_table.columns = [\"user.id=a\", \"user.id=b\"]", columns, "not user.id twice");
    let renamed = "session_table.columns = [\"session.mark=token\"]\nidentity.session_fields = [\"mark\"]";
    refused(renamed, columns, "a session's token must not leave the service");
    let sqlite = "session_table.database_url = \"sqlite://auth.db\"\nsession_table.schema = \"auth\"";
    refused(sqlite, "session_table.schema", "SQLite has no schemas");
}

#[test]
fn o2_keys_come_encrypted_for_whichever_strategy_believes_them() {
    let keys = "jwt.jwks_url = \"http://keys.example/jwks\"\n";
    for strategy in ["jwt", "session_cookie_cache"] {
        refused(&format!("{SECRET}strategies = [\"{strategy}\"]\n{keys}"), "jwt.jwks_url", "https");
    }
    accepted(&format!("{SECRET}strategies = [\"get_session\"]\n{keys}"));
}
