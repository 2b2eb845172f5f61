//! What only Better Auth's own process knows, written down by the plugin package.

use std::fs;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::right;
use crate::parts::{examined::examine, settings::Settings, site::Site};

/// As `describe(auth)` of the plugin package writes it of a Better Auth with nothing of its own.
fn described() -> Value {
    json!({
        "format": 1,
        "basePath": "/api/auth",
        "session": {
            "secondaryStorage": false,
            "storeSessionInDatabase": false,
            "preserveSessionInDatabase": false,
            "cookieCache": { "enabled": false, "version": "1" },
        },
        "ipAddressHeaders": ["x-forwarded-for"],
        "plugins": ["jwt", "bearer", "admin"],
        "jwt": {},
        "admin": { "adminUserIds": [] },
    })
}

fn with(settings: &Settings, description: &Value) -> (Settings, NamedTempFile) {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), description.to_string()).expect("a file");
    (settings.clone().with("doctor.export", file.path().to_str().expect("a path")), file)
}

#[tokio::test]
async fn what_agrees_is_fine_and_what_does_not_is_broken() {
    let site = Site::sqlite();
    site.ann().await;
    let settings = right(&site.better_auth, &["session_table", "get_session", "jwt"]);
    examine(&settings).has(
        "unknown",
        "configuration",
        "get_session.client_address_header",
        &["ipAddressHeaders"],
    );
    let (agreeing, _file) = with(&settings, &described());
    examine(&agreeing).has("fine", "configuration", "doctor.export", &["agrees"]);

    let mut f6 = described();
    f6["ipAddressHeaders"] = json!(["cf-connecting-ip"]);
    let (f6, _file) = with(&settings, &f6);
    examine(&f6).is_broken(
        "proxies",
        "get_session.client_address_header",
        &["cf-connecting-ip", "counts all as one"],
    );

    let mut redis = described();
    redis["session"]["secondaryStorage"] = json!(true);
    let (redis_alone, _file) = with(&settings, &redis);
    examine(&redis_alone).is_broken("tables", "strategies", &["secondaryStorage alone", "secondary_storage"]);
    redis["session"]["storeSessionInDatabase"] = json!(true);
    redis["session"]["preserveSessionInDatabase"] = json!(true);
    let (preserved, _file) = with(&settings, &redis);
    examine(&preserved).is_broken("tables", "strategies", &["outlive their sessions"]);

    let mut names = described();
    names["jwt"] = json!({ "issuer": "our-issuer", "audience": ["our-api"] });
    let (names, _file) = with(&settings, &names);
    let examined = examine(&names);
    examined.is_broken("key-set", "jwt.issuers", &["our-issuer"]);
    examined.is_broken("key-set", "jwt.audiences", &["our-api"]);
    // Names that look like a slip are right where the plugin was given them.
    let (issuer, audience) = (format!("{}/", site.better_auth.url()), "our-api");
    let mut slashed = described();
    slashed["jwt"] = json!({ "issuer": issuer, "audience": [audience] });
    let chosen = settings.clone().with("jwt.issuers", [issuer.as_str()]).with("jwt.audiences", [audience]);
    let (chosen, _file) = with(&chosen, &slashed);
    examine(&chosen).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn what_is_only_suspicious() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["session_table"]);
    let (hook, _file) = with(
        &settings.clone().with("revocation.hook_secret", "a secret of the tests, 30 bytes"),
        &described(),
    );
    examine(&hook).warns("revocation", "revocation.hook_secret", &["does not have", "verifier()"]);
    let mut calling = described();
    calling["plugins"] = json!(["better-auth-verifier"]);
    let (calling, _file) = with(&settings, &calling);
    examine(&calling).warns("revocation", "revocation.hook_secret", &["404"]);

    let mut admins = described();
    admins["admin"]["adminUserIds"] = json!(["u1"]);
    let asked = settings
        .clone()
        .with("forward_auth.profiles.api.require", ["role:admin"])
        .with("server.trusted_proxies", ["10.0.0.0/8"]);
    let (admins, _file) = with(&asked, &admins);
    examine(&admins).warns("configuration", "forward_auth.profiles", &["1 users are admins", "set-role"]);
    let mut roles = described();
    roles["admin"]["roles"] = json!({ "editor": { "project": ["read"] } });
    let (roles, _file) = with(&asked, &roles);
    examine(&roles).warns("configuration", "forward_auth.profiles", &["no role \"admin\"", "editor"]);

    let mut cached = described();
    cached["session"]["cookieCache"] = json!({ "enabled": true });
    let settings = right(&site.better_auth, &["session_cookie_cache", "session_table"]);
    let (function, _file) = with(&settings, &cached);
    examine(&function).warns("cookie", "session_cookie_cache.version", &["a function makes the version"]);
    let broken = NamedTempFile::new().expect("a file");
    fs::write(broken.path(), "no JSON").expect("a file");
    let unreadable = settings.with("doctor.export", broken.path().to_str().expect("a path"));
    examine(&unreadable).warns("configuration", "doctor.export", &["cannot be read", "describe(auth)"]);
}
