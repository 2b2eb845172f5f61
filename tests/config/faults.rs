//! How invalid values are reported.

use better_auth_verifier::config::StrategyKind;

use crate::{accepted, load, refused};

#[test]
fn all_faults_are_told_at_once_with_key_value_expectation_and_origin() {
    let text = "[server]\nlistn = \"0.0.0.0:80\"\n[jwt]\nleeway = \"soon\"\ncache = 5\n[todos]\nenabled = \"yes\"\n[cors]\norigins = [\"https://App.example/\"]";
    let faults = load(text, &[("VERIFIER_JWT__CACHE__CAPACITY", "many")]).unwrap_err();
    let lines: Vec<_> = faults.to_string().lines().map(str::to_owned).collect();
    let all = [
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
    ];
    assert_eq!(lines.len(), all.len(), "{lines:#?}");
    for (key, found, expected, origin) in all {
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
