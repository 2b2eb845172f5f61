//! Assertions: what they need, and what would make them unsafe.

use better_auth_verifier::Algorithm;

use crate::{accepted, load, loaded, refused};

const SECRET: &str = "forward_auth.profiles.default.assertion = \"api\"\nassertion.secret = \"hush-hush-hush-hush-hush-hush-32\"\n";
const ISSUER: &str = "assertion.issuer = \"https://auth.example\"\n";

#[test]
fn a_secret_is_long_and_needs_an_issuer() {
    let config = accepted(&format!("todos.enabled = false\n{SECRET}{ISSUER}"));
    assert!(config.has_assertions() && config.has_own_tables());
    assert_eq!(config.assertion.issuer.as_deref(), Some("https://auth.example"));
    refused(SECRET, "assertion.issuer", "public address");
    assert!(!accepted(ISSUER).has_assertions());
    refused(&format!("assertion.secret = \"{}\"", "a".repeat(31)), "assertion.secret", "at least 32 bytes");
}

#[test]
fn the_secret_is_never_printed() {
    for text in [
        format!("assertion.secret = \"hush\"\n{ISSUER}"),
        format!("assertion = \"hush\"\n{ISSUER}"),
        format!("assertion.secrt = \"hush\"\n{ISSUER}"),
    ] {
        let faults = load(&text, &[]).unwrap_err();
        assert!(!faults.to_string().contains("hush"), "{faults}");
    }
    let config = accepted(&format!("{SECRET}{ISSUER}"));
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn the_issuer_is_an_address_that_nobody_can_change_on_the_way() {
    for wrong in [
        "auth.example",
        "ftp://auth.example",
        "https://auth.example/",
        "https://auth.example?a",
        "https://auth.example#a",
        "https://me:hush@auth.example",
    ] {
        refused(&format!("{SECRET}assertion.issuer = \"{wrong}\""), "assertion.issuer", "https URL");
    }
    refused(&format!("{SECRET}assertion.issuer = \"http://auth.example\""), "assertion.issuer", "https");
    for right in ["http://localhost:8000", "http://127.0.0.1:8000", "https://auth.example/verifier"] {
        accepted(&format!("{SECRET}assertion.issuer = \"{right}\""));
    }
    let meant = format!("{SECRET}assertion.issuer = \"http://auth\"\nbetter_auth.allow_insecure = true");
    let (_, warnings) = load(&meant, &[]).expect("meant");
    assert!(warnings.iter().any(|warning| warning.to_string().contains("assertion.issuer")), "{warnings:?}");
}

#[test]
fn an_assertion_lives_a_minute_at_most() {
    for lifetime in ["9s", "61s", "10s 500ms", "0s"] {
        refused(&format!("assertion.lifetime = \"{lifetime}\""), "assertion.lifetime", "\"60s\"");
    }
    refused("assertion.rotate_after = \"59m\"", "assertion.rotate_after", "\"1h\"");
    for wrong in ["HS256", "ES512", "none", ""] {
        refused(&format!("assertion.algorithm = \"{wrong}\""), "assertion.algorithm", "\"RS256\"");
    }
    assert_eq!(accepted("assertion.algorithm = \"EdDSA\"").assertion.algorithm, Algorithm::EdDsa);
}

#[test]
fn better_auths_secret_is_none_of_ours() {
    let shared = "hush-hush-hush-hush-hush-hush-32";
    let (_, warnings) =
        load(&format!("{SECRET}{ISSUER}"), &[("BETTER_AUTH_SECRET", shared)]).expect("accepted");
    let said = warnings
        .iter()
        .find(|warning| warning.to_string().starts_with("assertion.secret is"))
        .expect("a warning");
    assert!(!said.to_string().contains("hush"));
    loaded(&format!("{SECRET}{ISSUER}"), &[("BETTER_AUTH_SECRET", "another")]);
}
