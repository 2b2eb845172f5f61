//! The Better Auth that is believed.

use crate::{accepted, loaded};

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
