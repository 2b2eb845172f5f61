//! Every key, by file and by environment.

use figment::{
    Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Value},
};

use crate::{DEFAULTS, everything, load, loaded};

/// Long enough for a secret.
const TEXT: &str = "another-text-of-thirty-two-bytes-or-more";

/// Another value for keys in a form of their own, as TOML and as an environment variable. A name alone is of any section.
const FORMED: &[(&str, &str, &str)] = &[
    ("strategies", r#"["get_session", "jwt"]"#, "get_session, jwt"),
    ("server.listen", r#""0.0.0.0:9000""#, "0.0.0.0:9000"),
    ("server.trusted_proxies", r#"["10.0.0.0/8", "::1"]"#, "10.0.0.0/8,::1"),
    ("server.admin_listen", r#""127.0.0.1:9000""#, "127.0.0.1:9000"),
    ("server.admin_hosts", r#"["verifier.internal"]"#, "verifier.internal"),
    ("server.drain", r#""0s""#, "0s"),
    ("better_auth.url", r#""https://other.example""#, "https://other.example"),
    ("better_auth.internal_url", r#""http://127.0.0.1:3000""#, "http://127.0.0.1:3000"),
    ("better_auth.base_path", r#""/auth/""#, "/auth/"),
    ("better_auth.secret", r#""12345678""#, "12345678"),
    ("better_auth.secrets", r#"["2:new", "1:old"]"#, "2:new,1:old"),
    ("better_auth.cookie_prefix", r#""acme""#, "acme"),
    ("better_auth.cookie_name", r#""sid""#, "sid"),
    ("better_auth.trusted_origins", r#"["https://app.example"]"#, "https://app.example,"),
    ("identity.user_fields", r#"["plan", "credits:number"]"#, "plan,credits:number"),
    ("identity.session_fields", r#"["theme"]"#, "theme"),
    ("jwt.jwks_url", r#""https://keys.example/jwks""#, "https://keys.example/jwks"),
    ("jwt.issuers", r#"["a", "b"]"#, "a,b"),
    ("jwt.audiences", r#"["a", "b"]"#, "a,b"),
    ("jwt.algorithms", r#"["ES256"]"#, "ES256"),
    ("jwt.leeway", r#""0s""#, "0s"),
    ("jwt.max_lifetime", r#""1h""#, "1h"),
    ("jwt.max_stale", r#""2h""#, "2h"),
    ("session_cookie_cache.version", r#""2""#, "2"),
    ("session_cookie_cache.cookie_name", r#""data""#, "data"),
    ("session_table.database_url", r#""sqlite://auth.db""#, "sqlite://auth.db"),
    ("session_table.naming", r#""snake_case""#, "snake_case"),
    ("session_table.columns", r#"["user.email=mail"]"#, "user.email=mail"),
    ("session_table.time_zone", r#""Asia/Tokyo""#, "Asia/Tokyo"),
    ("secondary_storage.url", r#""redis://127.0.0.1:6380""#, "redis://127.0.0.1:6380"),
    ("get_session.client_address_header", r#""CF-Connecting-IP""#, "CF-Connecting-IP"),
    ("get_session.fallback", r#""session_table""#, "session_table"),
    ("stale_if_unavailable", r#""1m""#, "1m"),
    ("fallback", r#""get_session""#, "get_session"),
    ("database.url", r#""sqlite://other.db""#, "sqlite://other.db"),
    ("require", r#"["role:admin", "verified_email"]"#, "role:admin,verified_email"),
    ("assertion", r#""https://api.example""#, "https://api.example"),
    ("assertion_header", r#""Authorization""#, "Authorization"),
    ("assertion.issuer", r#""https://verifier.example""#, "https://verifier.example"),
    ("assertion.algorithm", r#""RS256""#, "RS256"),
    ("assertion.lifetime", r#""30s""#, "30s"),
    ("assertion.rotate_after", r#""7d""#, "7d"),
    ("cors.origins", r#"["https://app.example"]"#, "https://app.example"),
    ("docs.servers", r#"["https://api.example"]"#, "https://api.example"),
    ("docs.contact.url", r#""https://team.example""#, "https://team.example"),
    ("docs.contact.email", r#""api@team.example""#, "api@team.example"),
    ("log.format", r#""json""#, "json"),
    ("log.level", r#""info,poem=debug""#, "info,poem=debug"),
];

/// Another value for a key than its default, as TOML and as an environment variable.
fn other(key: &str, default: &Value) -> (String, String) {
    let is_meant = |of: &str| key == of || key.ends_with(&format!(".{of}"));
    if let Some((_, toml, text)) = FORMED.iter().find(|(of, ..)| is_meant(of)) {
        return ((*toml).to_owned(), (*text).to_owned());
    }
    let text = match default {
        Value::Bool(_, flag) => return ((!flag).to_string(), (!flag).to_string()),
        Value::Num(..) => return ("7".to_owned(), "7".to_owned()),
        Value::String(_, text) if humantime::parse_duration(text).is_ok() => "1s",
        Value::String(_, text) if text.parse::<bytesize::ByteSize>().is_ok() => "7MiB",
        _ => TEXT,
    };
    let toml = if default.as_str().is_some() { format!("{text:?}") } else { format!("[{text:?}]") };
    (toml, text.to_owned())
}

/// Every key of `config.toml` with its default; those of a map below a name.
pub fn every_key() -> Vec<(String, Value)> {
    fn below(parent: &str, values: &Dict) -> Vec<(String, Value)> {
        let keys = |(name, value): (&String, &Value)| match value {
            Value::Dict(_, inner) => below(&format!("{parent}{name}."), inner),
            _ => vec![(format!("{parent}{name}").replace(".NAME.", ".mine."), value.clone())],
        };
        values.iter().flat_map(keys).collect()
    }
    below("", &Toml::string(DEFAULTS).data().expect("valid")[&Profile::Default])
}

#[test]
fn every_key_can_be_set_by_file_and_by_environment() {
    // On https, as some keys mean nothing without.
    let https = ("BETTER_AUTH_URL", "https://auth.example");
    for (key, default) in every_key() {
        let environment = match &*key {
            "better_auth.url" => vec![],
            "better_auth.accept_older_signatures" => vec![https, ("BETTER_AUTH_SECRETS", "2:new,1:old")],
            "shared_secret.older_secrets" => vec![https, ("VERIFIER_SHARED_SECRET__SECRET", TEXT)],
            "server.admin_token" => vec![https, ("VERIFIER_SERVER__ADMIN_LISTEN", "127.0.0.1:9100")],
            "server.admin_hosts" => {
                let token = ("VERIFIER_SERVER__ADMIN_TOKEN", TEXT);
                vec![https, ("VERIFIER_SERVER__ADMIN_LISTEN", "127.0.0.1:9100"), token]
            }
            _ if key.starts_with("forward_auth.") => {
                let proxies = ("VERIFIER_SERVER__TRUSTED_PROXIES", "10.0.0.0/8");
                let secret = ("VERIFIER_ASSERTION__SECRET", TEXT);
                vec![https, proxies, secret, ("VERIFIER_ASSERTION__ISSUER", "https://verifier.example")]
            }
            _ => vec![https],
        };
        let (toml, text) = other(&key, &default);
        let before = everything(&loaded("", &environment));
        let by_file = everything(&loaded(&format!("{key} = {toml}"), &environment));
        assert_ne!(by_file, before, "{key}");

        let variable = format!("VERIFIER_{}", key.replace('.', "__").to_uppercase());
        let all: Vec<_> = environment.into_iter().chain([(&*variable, &*text)]).collect();
        let (config, warnings) = load("", &all).unwrap();
        assert_eq!(everything(&config), by_file, "{variable}");
        assert_eq!(warnings, [], "{variable}");
    }
}

#[test]
fn each_form_belongs_to_a_key() {
    let keys = every_key();
    for (of, ..) in FORMED {
        assert!(keys.iter().any(|(key, _)| key == of || key.ends_with(&format!(".{of}"))), "{of}");
    }
}
