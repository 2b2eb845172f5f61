//! What the service is told, and what it says when it cannot be.

#![cfg(feature = "server")]

mod addresses;
mod secrets;
mod strategies;

use std::{collections::BTreeSet, fs, net::SocketAddr, time::Duration};

use better_auth_verifier::{
    Algorithm,
    config::{Cache, Config, Contact, Faults, LogFormat, Outage, StrategyKind, Warning},
};
use figment::{
    Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Value},
};
use secrecy::ExposeSecret;

const DEFAULTS: &str = include_str!("../../config.toml");

const SHARED_SECRET: &str = "a secret of thirty-two bytes, or more";

/// Each key with another value, as TOML and as an environment variable.
const OTHER: &[(&str, &str, &str)] = &[
    ("strategies", r#"["get_session", "jwt"]"#, "get_session, jwt"),
    ("server.listen", r#""0.0.0.0:9000""#, "0.0.0.0:9000"),
    ("server.trusted_proxies", r#"["10.0.0.0/8", "::1"]"#, "10.0.0.0/8,::1"),
    ("server.max_connections", "5000", "5000"),
    ("server.max_connections_per_client", "50", "50"),
    ("server.max_body", r#""2MiB""#, "2MiB"),
    ("server.header_timeout", r#""1s""#, "1s"),
    ("server.request_timeout", r#""1s""#, "1s"),
    ("server.drain", r#""0s""#, "0s"),
    ("better_auth.url", r#""https://other.example""#, "https://other.example"),
    ("better_auth.internal_url", r#""http://127.0.0.1:3000""#, "http://127.0.0.1:3000"),
    ("better_auth.base_path", r#""/auth/""#, "/auth/"),
    ("better_auth.secret", r#""12345678""#, "12345678"),
    ("better_auth.secrets", r#"["2:new", "1:old"]"#, "2:new,1:old"),
    ("better_auth.accept_older_signatures", "true", "true"),
    ("identity.user_fields", r#"["plan", "credits:number"]"#, "plan,credits:number"),
    ("identity.session_fields", r#"["theme"]"#, "theme"),
    ("session_cookie_cache.version", r#""2""#, "2"),
    ("session_cookie_cache.cookie_name", r#""data""#, "data"),
    ("session_cookie_cache.cache.max_age", r#""1s""#, "1s"),
    ("session_cookie_cache.cache.capacity", "7", "7"),
    ("session_table.schema", r#""auth""#, "auth"),
    ("session_table.table", r#""sessions""#, "sessions"),
    ("session_table.user_table", r#""users""#, "users"),
    ("session_table.naming", r#""snake_case""#, "snake_case"),
    ("session_table.columns", r#"["user.email=mail"]"#, "user.email=mail"),
    ("session_table.time_zone", r#""Asia/Tokyo""#, "Asia/Tokyo"),
    ("secondary_storage.url", r#""redis://127.0.0.1:6380""#, "redis://127.0.0.1:6380"),
    ("secondary_storage.key_prefix", r#""better-auth:""#, "better-auth:"),
    ("secondary_storage.store_session_in_database", "true", "true"),
    ("secondary_storage.preserve_session_in_database", "true", "true"),
    ("secondary_storage.timeout", r#""1s""#, "1s"),
    ("secondary_storage.stale_if_unavailable", r#""1m""#, "1m"),
    ("secondary_storage.fallback", r#""get_session""#, "get_session"),
    ("secondary_storage.cache.max_age", r#""1s""#, "1s"),
    ("secondary_storage.cache.capacity", "7", "7"),
    ("shared_secret.secret", r#""a secret of thirty-two bytes, or more""#, SHARED_SECRET),
    (
        "shared_secret.older_secrets",
        r#"["an older secret of thirty-two bytes"]"#,
        "an older secret of thirty-two bytes",
    ),
    ("shared_secret.issuer", r#""billing""#, "billing"),
    ("shared_secret.audience", r#""api""#, "api"),
    ("shared_secret.leeway", r#""1s""#, "1s"),
    ("shared_secret.access_lifetime", r#""1s""#, "1s"),
    ("shared_secret.refresh_lifetime", r#""1s""#, "1s"),
    ("better_auth.cookie_prefix", r#""acme""#, "acme"),
    ("better_auth.cookie_name", r#""sid""#, "sid"),
    ("better_auth.allow_plain_cookie", "true", "true"),
    ("better_auth.raw_tokens", "true", "true"),
    ("better_auth.trusted_origins", r#"["https://app.example"]"#, "https://app.example,"),
    ("better_auth.allow_insecure", "true", "true"),
    ("jwt.jwks_url", r#""https://keys.example/jwks""#, "https://keys.example/jwks"),
    ("jwt.issuers", r#"["a", "b"]"#, "a,b"),
    ("jwt.audiences", r#"["a", "b"]"#, "a,b"),
    ("jwt.algorithms", r#"["ES256"]"#, "ES256"),
    ("jwt.leeway", r#""0s""#, "0s"),
    ("jwt.max_lifetime", r#""1h""#, "1h"),
    ("jwt.cooldown", r#""1m""#, "1m"),
    ("jwt.refresh", r#""1m""#, "1m"),
    ("jwt.max_stale", r#""2h""#, "2h"),
    ("jwt.cache.max_age", r#""1s""#, "1s"),
    ("jwt.cache.capacity", "7", "7"),
    ("database.url", r#""sqlite://other.db""#, "sqlite://other.db"),
    ("todos.enabled", "false", "false"),
    ("session_table.database_url", r#""sqlite://auth.db""#, "sqlite://auth.db"),
    ("session_table.timeout", r#""1s""#, "1s"),
    ("session_table.stale_if_unavailable", r#""1m""#, "1m"),
    ("session_table.fallback", r#""get_session""#, "get_session"),
    ("session_table.cache.max_age", r#""1s""#, "1s"),
    ("session_table.cache.capacity", "7", "7"),
    ("get_session.client_address_header", r#""CF-Connecting-IP""#, "CF-Connecting-IP"),
    ("get_session.timeout", r#""1s""#, "1s"),
    ("get_session.stale_if_unavailable", r#""1m""#, "1m"),
    ("get_session.fallback", r#""session_table""#, "session_table"),
    ("get_session.cache.max_age", r#""1s""#, "1s"),
    ("get_session.cache.capacity", "7", "7"),
    ("rate_limit.enabled", "false", "false"),
    ("rate_limit.client.requests", "7", "7"),
    ("rate_limit.client.window", r#""1s""#, "1s"),
    ("rate_limit.failed.requests", "7", "7"),
    ("rate_limit.failed.window", r#""1s""#, "1s"),
    ("revocation.hook_secret", r#""a secret of 24 bytes ....""#, "a secret of 24 bytes ...."),
    ("revocation.persist", "true", "true"),
    ("rate_limit.user.requests", "7", "7"),
    ("rate_limit.user.window", r#""1s""#, "1s"),
    ("rate_limit.pages.size", r#""7MiB""#, "7MiB"),
    ("rate_limit.pages.window", r#""1s""#, "1s"),
    ("cors.origins", r#"["https://app.example"]"#, "https://app.example"),
    ("docs.enabled", "false", "false"),
    ("docs.servers", r#"["https://api.example"]"#, "https://api.example"),
    ("docs.contact.name", r#""Team""#, "Team"),
    ("docs.contact.url", r#""https://team.example""#, "https://team.example"),
    ("docs.contact.email", r#""api@team.example""#, "api@team.example"),
    ("log.format", r#""json""#, "json"),
    ("log.level", r#""info,poem=debug""#, "info,poem=debug"),
];

fn load(text: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<Warning>), Faults> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("verifier.toml");
    fs::write(&file, text).expect("a file");
    Config::load(
        Some(&file),
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

fn loaded(text: &str, environment: &[(&str, &str)]) -> Config {
    load(text, environment).unwrap_or_else(|faults| panic!("{faults}")).0
}

/// What is wrong with `text`, line by line.
fn faults(text: &str) -> Vec<String> {
    Config::from_toml(text)
        .map_or_else(|faults| faults.to_string(), |_| String::new())
        .lines()
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn refused(text: &str, key: &str, expected: &str) {
    let faults = faults(text);
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    assert!(
        faults[0].starts_with(&format!("{key} = ")) && faults[0].contains(expected),
        "{text}: {faults:?}"
    );
}

#[track_caller]
fn accepted(text: &str) -> Config {
    Config::from_toml(text).unwrap_or_else(|faults| panic!("{text}: {faults}"))
}

/// Everything in it, what `Debug` hides included.
fn everything(config: &Config) -> String {
    let mut text = format!("{config:?}");
    for url in [&config.database.url, &config.kinds.session_table.database_url] {
        text.push_str(url.expose_secret());
    }
    for secrets in [&config.better_auth.secrets, &config.kinds.shared_secret.secrets].into_iter().flatten() {
        text.extend(secrets.all().chain(["signing:"]).chain(secrets.signing()));
    }
    if let Some(url) = &config.kinds.secondary_storage.url {
        text.push_str(url.expose_secret());
    }
    if let Some(secret) = &config.revocation.hook_secret {
        text.extend(secret.expose_secret().iter().map(|byte| char::from(*byte)));
    }
    text
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let config = accepted("");
    let defaults = loaded(DEFAULTS, &[]);
    assert_eq!(everything(&config), everything(&defaults));
    // The file at the root is also the one that lies where tests stand.
    assert_eq!(everything(&config), everything(&Config::load(None, []).unwrap().0));

    assert_eq!(config.strategies, [StrategyKind::Jwt]);
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 8000)));
    assert!(config.server.trusted_proxies.is_empty());
    assert_eq!((config.server.max_connections, config.server.max_connections_per_client), (0, 0));
    assert_eq!(config.server.max_body, 1024 * 1024);
    assert_eq!(
        [config.server.header_timeout, config.server.request_timeout, config.server.drain],
        [10, 30, 10].map(seconds)
    );
    let better_auth = &config.better_auth;
    assert_eq!(better_auth.url.as_str(), "http://localhost:3000/");
    assert_eq!(better_auth.internal_url.as_str(), "http://localhost:3000/api/auth");
    assert_eq!(better_auth.base_path, "/api/auth");
    assert!(better_auth.secrets.is_none() && !better_auth.raw_tokens && !better_auth.allow_insecure);
    assert_eq!(
        better_auth.session_cookies,
        ["__Secure-better-auth.session_token", "better-auth.session_token"]
    );
    assert_eq!(better_auth.trusted_origins, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.jwks_url.as_str(), "http://localhost:3000/api/auth/jwks");
    assert_eq!(config.kinds.jwt.issuers, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.audiences, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.algorithms, Algorithm::DEFAULT);
    assert_eq!(config.kinds.get_session.client_address_header, "x-forwarded-for");
    assert_eq!([config.kinds.jwt.leeway, config.kinds.jwt.cooldown], [30, 10].map(seconds));
    assert_eq!([config.kinds.jwt.refresh, config.kinds.jwt.max_stale], [300, 3600].map(seconds));
    assert_eq!(config.kinds.session_table.outage, Outage::default());
    assert_eq!(config.kinds.session_table.time_zone.to_string(), "UTC");
    assert!(config.revocation.hook_secret.is_none() && !config.revocation.persist);
    assert_eq!(config.kinds.jwt.max_lifetime, None);
    assert_eq!(config.kinds.jwt.cache, Some(Cache { max_age: seconds(600), capacity: 100_000 }));
    assert_eq!(config.database.url.expose_secret(), "sqlite://verifier.db?mode=rwc");
    assert!(config.todos.enabled);
    assert_eq!(config.kinds.session_table.database_url.expose_secret(), "sqlite://verifier.db?mode=rwc");
    let cache = Some(Cache { max_age: seconds(10), capacity: 100_000 });
    assert_eq!((config.kinds.session_table.timeout, &config.kinds.session_table.cache), (seconds(3), &cache));
    assert_eq!((config.kinds.get_session.timeout, &config.kinds.get_session.cache), (seconds(3), &cache));
    assert!(config.rate_limit.enabled);
    assert_eq!(
        (config.rate_limit.client.requests.get(), config.rate_limit.client.window),
        (300, seconds(10))
    );
    assert_eq!(config.rate_limit.user, config.rate_limit.client);
    assert!(config.cors.origins.is_empty());
    assert!(config.docs.enabled && config.docs.servers.is_empty());
    assert_eq!(config.docs.contact, Contact::default());
    assert_eq!((config.log.format, config.log.level.as_str()), (LogFormat::Text, "info"));
}

#[test]
fn every_key_can_be_set_by_file_and_by_environment() {
    fn keys(parent: &str, values: &Dict, into: &mut BTreeSet<String>) {
        for (name, value) in values {
            match value {
                Value::Dict(_, inner) => keys(&format!("{parent}{name}."), inner, into),
                _ => drop(into.insert(format!("{parent}{name}"))),
            }
        }
    }
    let mut every = BTreeSet::new();
    keys("", &Toml::string(DEFAULTS).data().unwrap()[&Profile::Default], &mut every);
    assert_eq!(every, OTHER.iter().map(|(key, ..)| (*key).to_owned()).collect());

    // On https, as some keys mean nothing without.
    let https = ("BETTER_AUTH_URL", "https://auth.example");
    for &(key, toml, text) in OTHER {
        let environment = match key {
            "better_auth.url" => vec![],
            "better_auth.accept_older_signatures" => vec![https, ("BETTER_AUTH_SECRETS", "2:new,1:old")],
            "shared_secret.older_secrets" => vec![https, ("VERIFIER_SHARED_SECRET__SECRET", SHARED_SECRET)],
            _ => vec![https],
        };
        let before = everything(&loaded("", &environment));
        let by_file = everything(&loaded(&format!("{key} = {toml}"), &environment));
        assert_ne!(by_file, before, "{key}");

        let variable = format!("VERIFIER_{}", key.replace('.', "__").to_uppercase());
        let all: Vec<_> = environment.into_iter().chain([(&*variable, text)]).collect();
        let (config, warnings) = load("", &all).unwrap();
        assert_eq!(everything(&config), by_file, "{variable}");
        assert_eq!(warnings, [], "{variable}");
    }
}

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
fn all_faults_are_told_at_once_with_key_value_expectation_and_origin() {
    let text = "[server]\nlistn = \"0.0.0.0:80\"\n[jwt]\nleeway = \"soon\"\ncache = 5\n[todos]\nenabled = \"yes\"\n[cors]\norigins = [\"https://App.example/\"]";
    let faults = load(text, &[("VERIFIER_JWT__CACHE__CAPACITY", "many")]).unwrap_err();
    let lines: Vec<_> = faults.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    for (key, found, expected, origin) in [
        ("server.listn", "(a string)", "did you mean `listen`?", "verifier.toml"),
        ("jwt.leeway", "\"soon\"", "a duration such as \"10s\"", "verifier.toml"),
        ("jwt.cache", "5", "a table", "verifier.toml"),
        ("cors.origins", "\"https://App.example/\"", "here \"https://app.example\"", "verifier.toml"),
        ("todos.enabled", "\"yes\"", "true or false", "verifier.toml"),
        (
            "jwt.cache.capacity",
            "\"many\"",
            "a whole number",
            "environment variable VERIFIER_JWT__CACHE__CAPACITY",
        ),
    ] {
        assert!(
            faults.0.iter().any(|fault| fault.key == key
                && fault.found == found
                && fault.expected.contains(expected)
                && fault.origin.ends_with(origin)),
            "{key}: {lines:#?}"
        );
    }
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
fn a_frontend_is_trusted_and_may_read() {
    let config = loaded(
        "",
        &[
            ("FRONTEND_URL", "https://App.example/login/"),
            ("CORS_ORIGINS", "https://a.example,https://app.example"),
        ],
    );
    assert_eq!(config.better_auth.trusted_origins, ["http://localhost:3000", "https://app.example"]);
    assert_eq!(config.cors.origins, ["https://a.example", "https://app.example"]);
}

#[test]
fn a_path_in_the_url_replaces_the_base_path() {
    for (text, internal, issuer) in [
        ("url = \"https://a.example///\"", "https://a.example/api/auth", "https://a.example"),
        ("url = \"https://a.example:443/auth/\"", "https://a.example/auth", "https://a.example"),
        ("url = \"https://a.example\"\nbase_path = \"/\"", "https://a.example/", "https://a.example"),
        (
            "url = \"https://a.example\"\ninternal_url = \"http://[::1]:3000/\"",
            "http://[::1]:3000/api/auth",
            "https://a.example",
        ),
        (
            "url = \"https://a.example/x\"\ninternal_url = \"https://b.example\"",
            "https://b.example/x",
            "https://a.example",
        ),
        (
            "url = \"https://a.example\"\ninternal_url = \"https://b.example/x\"",
            "https://b.example/x",
            "https://a.example",
        ),
    ] {
        let config = accepted(&format!("[better_auth]\n{text}"));
        assert_eq!(config.better_auth.internal_url.as_str(), internal, "{text}");
        assert_eq!(config.better_auth.endpoint("jwks"), config.kinds.jwt.jwks_url, "{text}");
        assert_eq!(
            config.kinds.jwt.jwks_url.as_str(),
            format!("{}/jwks", internal.trim_end_matches('/')),
            "{text}"
        );
        assert_eq!(config.kinds.jwt.issuers, [issuer], "{text}");
        assert_eq!(config.better_auth.trusted_origins, [issuer], "{text}");
    }
}

#[test]
fn the_secure_cookie_is_always_read_and_the_bare_one_only_where_nobody_could_plant_it() {
    for (text, names) in [
        ("url = \"https://a.example\"", vec!["__Secure-better-auth.session_token"]),
        ("url = \"https://a.example\"\ncookie_prefix = \"acme\"", vec!["__Secure-acme.session_token"]),
        (
            "url = \"https://a.example\"\nallow_plain_cookie = true\ncookie_name = \"sid\"",
            vec!["__Secure-sid", "sid"],
        ),
        ("cookie_name = \"sid\"", vec!["__Secure-sid", "sid"]),
        (
            "url = \"https://a.example\"\ncookie_prefix = \"__Host-acme\"",
            vec!["__Secure-__Host-acme.session_token", "__Host-acme.session_token"],
        ),
        ("cookie_name = \"__Host-sid\"", vec!["__Secure-__Host-sid", "__Host-sid"]),
        ("cookie_name = \"__Secure-sid\"", vec!["__Secure-__Secure-sid", "__Secure-sid"]),
    ] {
        assert_eq!(accepted(&format!("[better_auth]\n{text}")).better_auth.session_cookies, names, "{text}");
    }
}

#[test]
fn s7_and_s8_a_verifier_without_bounds_is_refused() {
    refused("jwt.leeway = \"61s\"", "jwt.leeway", "at most \"60s\"");
    refused("jwt.issuers = [\"a\", \"\"]", "jwt.issuers", "no empty name");
    refused("jwt.audiences = [\"\"]", "jwt.audiences", "no empty name");
    refused("jwt.algorithms = []", "jwt.algorithms", "at least one");
    refused("jwt.algorithms = [\"ES256\", \"ES256\"]", "jwt.algorithms", "none twice");
    refused("jwt.algorithms = [\"ES256\", \"HS256\"]", "jwt.algorithms", "one of EdDSA, ES256");
    refused("jwt.max_lifetime = \"0s\"", "jwt.max_lifetime", "longer than zero");
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

#[test]
fn what_is_done_in_an_outage_must_make_sense() {
    const TABLE: &str = "strategies = [\"session_table\"]\nbetter_auth.secret = \"12345678\"\n";
    let config = accepted(&format!("{TABLE}session_table.fallback = \"get_session\""));
    assert_eq!(config.outage(StrategyKind::SessionTable).unwrap().fallback, Some(StrategyKind::GetSession));
    for (wrong, key, expected) in [
        ("session_table.fallback = \"jwt\"", "session_table.fallback", "one of session_table"),
        ("session_table.fallback = \"session_table\"", "session_table.fallback", "another strategy"),
        (
            "session_table.fallback = \"get_session\"\nget_session.fallback = \"session_table\"",
            "session_table.fallback",
            "no fallback itself",
        ),
        (
            "session_table.fallback = \"get_session\"\nsession_table.stale_if_unavailable = \"1m\"",
            "session_table.stale_if_unavailable",
            "get_session may have it",
        ),
        (
            "session_table.cache.max_age = \"0s\"\nsession_table.stale_if_unavailable = \"1m\"",
            "session_table.stale_if_unavailable",
            "the cache is off",
        ),
        ("session_table.fallback = \"secondary_storage\"", "secondary_storage.url", "REDIS_URL"),
    ] {
        refused(&format!("{TABLE}{wrong}"), key, expected);
    }
    // Nobody uses it.
    accepted("get_session.fallback = \"get_session\"");
}

#[test]
fn each_value_has_its_form() {
    refused("jwt.max_stale = \"5m\"", "jwt.max_stale", "longer than jwt.refresh");
    refused("revocation.hook_secret = \"short\"", "revocation.hook_secret", "at least 24 bytes");
    refused("server.listen = \"localhost\"", "server.listen", "127.0.0.1:8000");
    refused("server.trusted_proxies = [\"10.0.0.0/33\"]", "server.trusted_proxies", "10.0.0.0/8");
    refused("server.trusted_proxies = [\"::ffff:10.0.0.0/104\"]", "server.trusted_proxies", "IPv4 form");
    refused("server.max_connections = -1", "server.max_connections", "from 0 to");
    refused("server.max_connections_per_client = -1", "server.max_connections_per_client", "from 0 to");
    refused("server.max_body = \"0\"", "server.max_body", "a size");
    refused("server.max_body = \"big\"", "server.max_body", "a size");
    refused("server.header_timeout = \"0s\"", "server.header_timeout", "longer than zero");
    refused("server.request_timeout = \"1000y\"", "server.request_timeout", "at most a year");
    for header in ["", "no name", "Authorization", "cookie", "Host"] {
        let text = format!("get_session.client_address_header = \"{header}\"");
        refused(&text, "get_session.client_address_header", "CF-Connecting-IP");
    }
    refused("get_session.timeout = \"0s\"", "get_session.timeout", "longer than zero");
    refused("get_session.cache.capacity = 0", "get_session.cache.capacity", "from 1");
    refused("get_session.cache.capacity = -1", "get_session.cache.capacity", "from 1");
    refused("get_session.cache.capacity = 1.5", "get_session.cache.capacity", "a whole number");
    refused("rate_limit.client.requests = 0", "rate_limit.client.requests", "from 1");
    refused("rate_limit.user.window = \"0s\"", "rate_limit.user.window", "longer than zero");
    refused("better_auth.url = \"localhost:3000\"", "better_auth.url", "http or https");
    refused("better_auth.url = \"\"", "better_auth.url", "http or https");
    refused("better_auth.url = \"https://user@a.example\"", "better_auth.url", "without credentials");
    refused("better_auth.internal_url = \"https://a.example/?x\"", "better_auth.internal_url", "query");
    refused("better_auth.base_path = \"api\"", "better_auth.base_path", "/api/auth");
    refused("better_auth.cookie_name = \"a b\"", "better_auth.cookie_name", "cookie name");
    refused("better_auth.cookie_prefix = \"\"", "better_auth.cookie_prefix", "letters");
    refused(
        "better_auth.trusted_origins = [\"https://a.example/\"]",
        "better_auth.trusted_origins",
        "\"https://a.example\"",
    );
    refused("better_auth.trusted_origins = [\"*\"]", "better_auth.trusted_origins", "without wildcards");
    refused("cors.origins = [\"https://*.example\"]", "cors.origins", "without wildcards");
    refused("database.url = \"odbc://localhost\"", "database.url", "sqlite:, postgres");
    refused("database.url = \"postgres://localhost/app?sslmode=on\"", "database.url", "sslmode");
    for server in ["api.example", "https://*", "https://a;sandbox", "https://a,b", "https://user@a.example"] {
        refused(&format!("docs.servers = [\"{server}\"]"), "docs.servers", "https://api.example.com");
    }
    refused("docs.contact.url = \"team.example\"", "docs.contact.url", "http or https");
    refused("docs.contact.email = \"team\"", "docs.contact.email", "api@example.com");
    refused("docs.contact.email = \"a\\tb@team.example\"", "docs.contact.email", "api@example.com");
    refused("log.format = \"xml\"", "log.format", "\"json\"");
    refused("log.level = \"loud\"", "log.level", "debug");
    refused("log.level = \"info,poem=loud\"", "log.level", "debug");
    refused("jwt.nonsense = { a = 1 }", "jwt.nonsense", "a known key");
    accepted("database.url = \"mariadb://localhost/app\"");
}

#[test]
fn f2_a_time_zone_is_an_iana_name() {
    for name in ["UTC", "Etc/UTC", "America/New_York"] {
        let config = accepted(&format!("session_table.time_zone = \"{name}\""));
        assert_eq!(config.kinds.session_table.time_zone.to_string(), name);
    }
    for name in ["", "-05:00", "america/new_york", "EDT"] {
        let text = format!("session_table.time_zone = \"{name}\"");
        refused(&text, "session_table.time_zone", "an IANA time zone such as");
    }
}
