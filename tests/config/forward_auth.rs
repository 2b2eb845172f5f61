use better_auth_verifier::config::AssertionHeader;

use super::{accepted, faults, load, loaded, refused};

const TRUSTED: &str = "
    server.trusted_proxies = ['10.0.0.0/8']
    assertion.secret = 'a secret of at least thirty-two bytes'
    assertion.issuer = 'https://verifier.example'
";

#[test]
fn profiles_have_names_of_the_users_own() {
    let config = accepted(&format!(
        "{TRUSTED}[forward_auth.profiles.default]\n[forward_auth.profiles.admin-area]\nrequire = ['role:admin', 'fresh:1h']\n\
         optional = true\nassertion = 'https://api.example'\nassertion_header = 'authorization'"
    ));
    let [admin, default] = &config.forward_auth.profiles[..] else { panic!("{:?}", config.forward_auth) };
    assert_eq!((&*admin.name, &*default.name), ("admin-area", "default"));
    assert_eq!(admin.require.iter().map(|one| &*one.text).collect::<Vec<_>>(), ["role:admin", "fresh:1h"]);
    assert!(admin.optional && !default.optional);
    assert_eq!((admin.audience.as_deref(), &default.audience), (Some("https://api.example"), &None));
    assert_eq!(admin.assertion_header, AssertionHeader::Authorization);
    assert_eq!(default.assertion_header, AssertionHeader::Own);
}

#[test]
fn the_environment_has_profiles_too() {
    let config =
        loaded(TRUSTED, &[("VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__REQUIRE", "verified_email,role:admin")]);
    assert_eq!(config.forward_auth.profiles[0].name, "admin");
    assert_eq!(config.forward_auth.profiles[0].require.len(), 2);
}

#[test]
fn what_is_misspelt_is_a_fault() {
    let profile = |line: &str| format!("{TRUSTED}[forward_auth.profiles.a]\n{line}");
    let key = "forward_auth.profiles.a";
    refused(&profile("require = ['role']"), &format!("{key}.require"), "\"verified_email\"");
    refused(&profile("assertion = 'an api'"), &format!("{key}.assertion"), "without blanks");
    refused(
        &profile("assertion_header = 'X-Other'"),
        &format!("{key}.assertion_header"),
        "\"Authorization\"",
    );
    refused(&profile("requires = []"), &format!("{key}.requires"), "did you mean `require`?");
}

#[test]
fn one_audience_has_one_set_of_requirements() {
    let two = |first: &str, second: &str| {
        format!(
            "{TRUSTED}[forward_auth.profiles.a]\nassertion = 'api'\nrequire = [{first}]\n\
             [forward_auth.profiles.b]\nassertion = 'api'\nrequire = [{second}]\noptional = true"
        )
    };
    let different = two("'role:admin', 'verified_email'", "'role:admin'");
    refused(&different, "forward_auth.profiles.b.assertion", "another audience than that of the profile `a`");
    for same in [
        two("", ""),
        two("'role:admin', 'verified_email'", "'verified_email', 'role:admin'"),
        two("'fresh:1h'", "'fresh:60m'"),
    ] {
        assert!(faults(&same).iter().all(|fault| !fault.contains("another audience")), "{:?}", faults(&same));
    }
}

#[test]
fn an_assertion_needs_a_secret_and_an_issuer() {
    let faults = faults("server.trusted_proxies = ['10.0.0.0/8']\nforward_auth.profiles.a.assertion = 'api'");
    let [secret, issuer] = &faults[..] else { panic!("{faults:?}") };
    assert!(
        secret.starts_with("assertion.secret = ") && issuer.starts_with("assertion.issuer = "),
        "{faults:?}"
    );
    assert!(
        faults.iter().all(|fault| fault.contains("a profile of [forward_auth.profiles] has an assertion"))
    );
}

#[test]
fn profiles_that_nobody_may_ask_are_a_warning() {
    let (_, warnings) = load("[forward_auth.profiles.default]", &[]).expect("a configuration");
    assert!(
        warnings.iter().any(|warning| warning.to_string().contains("answers 403 to everybody")),
        "{warnings:?}"
    );
}

#[test]
fn a_profile_that_a_strategy_never_satisfies_is_a_warning() {
    let warnings = |strategies: &str, require: &str| {
        let text =
            format!("strategies = [{strategies}]\n{TRUSTED}\nforward_auth.profiles.a.require = [{require}]");
        let (_, warnings) =
            load(&text, &[("BETTER_AUTH_SECRET", "a secret of at least thirty-two bytes")]).expect("valid");
        warnings.iter().filter(|warning| warning.to_string().contains("needs a session")).count()
    };
    assert_eq!(warnings("'jwt', 'get_session'", "'fresh:1h', 'not_impersonated', 'verified_email'"), 2);
    assert_eq!(warnings("'get_session', 'session_cookie_cache'", "'fresh:1h', 'not_impersonated'"), 0);
    assert_eq!(warnings("'jwt'", "'role:admin'"), 0);
}
