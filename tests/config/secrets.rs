//! What must not be seen, and what of it counts.

use better_auth_verifier::Secrets;

use crate::{load, loaded};

/// What others share is a fault only where something needs it.
const USED: &str = "strategies = [\"secondary_storage\"]";

#[test]
fn secrets_are_never_printed() {
    let built_in = "better-auth-secret-12345678901234567890";
    for (text, environment) in [
        ("better_auth.secret = [\"hush\"]", vec![]),
        ("better_auth.secrt = \"hush\"", vec![]),
        ("better_auth.url = \"https://hush:hush@auth.example\"", vec![]),
        ("better_auth.trusted_origins = [\"https://user:hush@app.example\"]", vec![]),
        ("better_auth.secret = \"hush\"\nsecret = \"hush\"", vec![]),
        ("database.url = \"postgres://user:hush@db.example/app?password=hush\"", vec![]),
        ("database.url = \"postgres://user:1/hush@db.example/app\"", vec![]),
        ("database.url = \"user=me password=hush\"", vec![]),
        ("database = \"postgres://user:hush@db.example/app\"", vec![]),
        (USED, vec![("BETTER_AUTH_SECRETS", "2:hush,hush")]),
        (USED, vec![("BETTER_AUTH_SECRETS", "hush")]),
        ("", vec![("DATABASE_URL", "mysql://user:hu#hush@db.example/app")]),
        (USED, vec![("BETTER_AUTH_SECRET", built_in)]),
        ("", vec![("FRONTEND_URL", "ftp://user:hush@db.example/app")]),
    ] {
        let faults = load(text, &environment).unwrap_err();
        for printed in [faults.to_string(), format!("{faults:?}")] {
            assert!(!printed.contains("hush") && !printed.contains(built_in), "{printed}");
        }
    }
    let config =
        loaded("", &[("BETTER_AUTH_SECRET", "hush"), ("DATABASE_URL", "postgres://me:hush@localhost/app")]);
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn secrets_are_understood_as_better_auth_does() {
    let all = |text: &str, environment: &[_]| {
        let secrets = loaded(text, environment).better_auth.secrets;
        let all: Vec<_> = secrets.iter().flat_map(Secrets::all).map(str::to_owned).collect();
        all.join(" ")
    };
    let (one, other) = (("BETTER_AUTH_SECRET", "one"), ("AUTH_SECRET", "other"));
    assert_eq!(all("", &[other]), "other");
    assert_eq!(all("", &[one, other]), "one");
    assert_eq!(all("better_auth.secret = 'mine'", &[other]), "mine");
    assert_eq!(all("", &[("BETTER_AUTH_SECRETS", "1:older:still, 2:newer"), one]), "older:still newer one");
    assert_eq!(all("", &[("BETTER_AUTH_SECRETS", " "), one]), "one");
    assert_eq!(all("", &[("VERIFIER_BETTER_AUTH__SECRET", "12345"), one]), "12345");
    assert_eq!(all("better_auth.secrets = ['2:newer', '1:a,b']", &[]), "newer a,b");
    for malformed in ["newer", "2:", "x:newer", "2:newer,2:older"] {
        assert!(load(USED, &[("BETTER_AUTH_SECRETS", malformed), one]).is_err(), "{malformed}");
    }
}

#[test]
fn only_the_current_secret_signs_unless_older_ones_are_asked_for() {
    let signing = |text: &str| {
        let secrets = loaded(text, &[("BETTER_AUTH_SECRETS", "2:newer,1:older")]).better_auth.secrets;
        secrets.expect("secrets").signing().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(signing(""), ["newer"]);
    assert_eq!(signing("better_auth.accept_older_signatures = true"), ["newer", "older"]);
}

#[test]
fn secrets_of_every_section_are_hidden() {
    let short = "hush-hush-hush-hush-hush-hush-3";
    for (text, environment) in [
        ("shared_secret.secret = [\"hush\"]", vec![]),
        ("shared_secret.secret = \"hush\"", vec![]),
        ("shared_secret.older_secrets = [\"hush\"]", vec![]),
        ("shared_secret.older_secrets = \"hush\"", vec![]),
        ("shared_secret.older_secrets = [[\"hush\"]]", vec![]),
        ("shared_secret.secret = { secret = \"hush\" }", vec![]),
        ("better_auth.secrets = [\"hush\"]", vec![]),
        ("better_auth.secrets = [\"1:hush\", \"1:hush\"]", vec![]),
        ("secondary_storage.url = \"redis://:hush@\"", vec![]),
        ("secondary_storage.url = \"http://user:hush@localhost\"", vec![]),
        ("secondary_storage.url = \"redis://user:a/hush@localhost\"", vec![]),
        ("secondary_storage.url = \"redis://localhost/0?password=hush\"\nlog.format = \"x\"", vec![]),
        ("secondary_storage.url = \"hush\"", vec![]),
        ("secondary_storage.url = [\"redis://:hush@localhost\"]", vec![]),
        (
            "strategies = [\"secondary_storage\"]\nsecondary_storage.url = \"redis://:hush@far.example\"",
            vec![],
        ),
        (USED, vec![("REDIS_URL", "amqp://user:hush@localhost")]),
        ("", vec![("VERIFIER_SHARED_SECRET__SECRET", short)]),
        ("", vec![("VERIFIER_SHARED_SECRET__OLDER_SECRETS", short)]),
    ] {
        let faults = load(text, &environment).unwrap_err();
        for printed in [faults.to_string(), format!("{faults:?}")] {
            assert!(!printed.contains("hush"), "{text} {environment:?}: {printed}");
        }
    }
    let long = "hush".repeat(8);
    let environment = [
        ("VERIFIER_SHARED_SECRET__SECRET", &*long),
        ("VERIFIER_SHARED_SECRET__OLDER_SECRETS", &*long),
        ("REDIS_URL", "redis://user:hush@localhost"),
        ("BETTER_AUTH_SECRETS", "2:hush,1:hush-hush"),
    ];
    let (config, warnings) = load("strategies = [\"shared_secret\"]", &environment).unwrap();
    assert!(!format!("{config:?} {warnings:?}").contains("hush"));
}

#[test]
fn a_shared_secret_has_32_bytes_and_so_has_each_older_one() {
    let all = |text: &str| {
        let secrets = loaded(text, &[]).kinds.shared_secret.secrets.expect("secrets");
        secrets.all().map(str::len).collect::<Vec<_>>()
    };
    let long = "x".repeat(32);
    assert_eq!(all(&format!("shared_secret.secret = \"{long}\"")), [32]);
    // Bytes, not characters.
    assert_eq!(all(&format!("shared_secret.secret = \"{}\"", "ä".repeat(16))), [32]);
    assert_eq!(
        all(&format!("shared_secret.secret = \"{long}\"\nshared_secret.older_secrets = [\"{long}y\"]")),
        [32, 33]
    );
    crate::refused(&format!("shared_secret.secret = \"{}\"", &long[1..]), "shared_secret.secret", "32 bytes");
    let older =
        format!("shared_secret.secret = \"{long}\"\nshared_secret.older_secrets = [\"{}\"]", &long[1..]);
    crate::refused(&older, "shared_secret.older_secrets", "32 bytes each");
    assert!(crate::accepted("shared_secret.issuer = \"x\"").kinds.shared_secret.strategy().is_err());
}

#[test]
fn the_secret_that_is_built_into_better_auth_is_refused_everywhere() {
    let built_in = "better-auth-secret-12345678901234567890";
    crate::refused(&format!("better_auth.secret = \"{built_in}\""), "better_auth.secret", "of your own");
    crate::refused(
        &format!("better_auth.secrets = [\"1:{built_in}\"]"),
        "better_auth.secrets",
        "of your own",
    );
    crate::refused("better_auth.secrets = [\"1:a\", \"1:b\"]", "better_auth.secrets", "each version once");
}
