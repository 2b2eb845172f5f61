//! Better Auth is somewhere else, or calls itself something else.

use serde_json::json;

use super::{elsewhere, right};
use crate::parts::{
    database::Database,
    examined::{examine, examine_with},
    nginx::Nginx,
    presented::Presented,
    site::Site,
    web,
};

const STRATEGIES: [&str; 2] = ["jwt", "get_session"];

#[tokio::test]
async fn an_address_that_is_wrong_by_a_word() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &STRATEGIES);
    // Nobody listens.
    examine(&settings.clone().with("better_auth.url", "http://127.0.0.1:9")).is_broken(
        "address",
        "better_auth.url",
        &["127.0.0.1:9/api/auth/ok", "refused", "Start Better Auth"],
    );
    // Another basePath.
    examine(&settings.clone().with("better_auth.base_path", "/auth")).is_broken(
        "address",
        "better_auth.base_path",
        &["/auth/ok answers with status 404", "better_auth.base_path = \"/api/auth\""],
    );
    // TLS where there is none.
    let https = site.better_auth.url().replace("http:", "https:");
    examine(&settings.clone().with("better_auth.url", https)).is_broken(
        "address",
        "better_auth.url",
        &["Write http instead of https"],
    );
    // Another name of the same machine, which tokens do not have.
    let localhost = elsewhere(&site.better_auth);
    examine(&settings.clone().with("better_auth.url", localhost.as_str())).is_broken(
        "address",
        "better_auth.url",
        &["Better Auth calls itself", site.better_auth.url(), &localhost, "BETTER_AUTH_URL"],
    );
    // The same, where no token is accepted anyway.
    examine(&right(&site.better_auth, &["session_table"]).with("better_auth.url", localhost)).warns(
        "address",
        "better_auth.url",
        &["Better Auth calls itself", site.better_auth.url()],
    );
}

#[tokio::test]
async fn an_issuer_or_audience_that_differs_by_a_slash_or_a_path() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["jwt"]);
    let origin = site.better_auth.url();
    for (key, claim) in [("jwt.issuers", "`iss`"), ("jwt.audiences", "`aud`")] {
        for wrong in [format!("{origin}/"), format!("{origin}/api/auth")] {
            let examined = examine(&settings.clone().with(key, [wrong.as_str()]));
            // Better Auth's plugin may have been given it: only a token or the export shows it.
            examined.warns(
                "key-set",
                key,
                &[claim, &format!("{key} = [\"{origin}\"]"), &wrong, "doctor.export"],
            );
        }
        let other = settings.clone().with(key, ["https://elsewhere.example"]);
        examine(&other).is_well();
        examine(&other).has("unknown", "key-set", key, &[claim, origin, "doctor.export"]);
        let ann = Presented::cookie(&site.ann().await);
        examine_with(&other, &ann).is_broken(
            "key-set",
            key,
            &["has just made", origin, "https://elsewhere.example"],
        );
    }
}

/// With names of its own in the plugin nothing is wrong, although its baseURL says otherwise.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn names_of_the_plugins_own_are_well() {
    for (issuer, audience) in
        [("our-issuer", "our-api"), ("https://auth.example.test/", "https://auth.example.test/api/auth")]
    {
        let names = json!({ "jwt": { "jwt": { "issuer": issuer, "audience": audience } } });
        let site = Site::start(
            &Database::Sqlite,
            json!({ "plugins": names, "baseURL": "https://auth.example.test" }),
        );
        let settings = right(&site.better_auth, &["jwt", "session_table"])
            .with("better_auth.url", "https://auth.example.test")
            .with("better_auth.internal_url", site.better_auth.url())
            .with("jwt.issuers", [issuer])
            .with("jwt.audiences", [audience]);
        examine_with(&settings, &Presented::cookie(&site.ann().await)).is_well();
    }
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_base_url_that_follows_the_host() {
    let site = Site::start(&Database::Sqlite, json!({ "baseURL": null }));
    examine(&right(&site.better_auth, &STRATEGIES)).warns(
        "address",
        "better_auth.url",
        &["no baseURL", "any audience", &format!("BETTER_AUTH_URL={}", site.better_auth.url())],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn an_internal_name_that_is_no_allowed_host() {
    let site = Site::start(&Database::Sqlite, json!({ "baseURL": { "allowedHosts": ["127.0.0.1:*"] } }));
    let internal = elsewhere(&site.better_auth);
    let settings = right(&site.better_auth, &STRATEGIES);
    examine(&settings).is_well();
    examine(&settings.with("better_auth.internal_url", internal.as_str())).is_broken(
        "address",
        "better_auth.internal_url",
        &["status 500", "allowedHosts", internal.trim_start_matches("http://")],
    );
}

/// A front end that answers everything with its page, and a redirect to https or to `www`.
// The web server of the test runs beside the program.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "one of many: tests/doctor/run"]
async fn another_server_answers() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["get_session"]);
    let page = web::serve("/api/auth/ok", "\"a page\"".to_owned()).await;
    let page = page.trim_end_matches("/api/auth/ok");
    examine(&settings.clone().with("better_auth.internal_url", page)).is_broken(
        "address",
        "better_auth.internal_url",
        &["status 200 with application/json", "{\"ok\":true}", "another server answers"],
    );
    let moved = web::redirect(site.better_auth.url()).await;
    examine(&settings.with("better_auth.internal_url", moved.as_str())).is_broken(
        "address",
        "better_auth.internal_url",
        &["status 301", site.better_auth.url(), "follows no redirect"],
    );
}

/// Behind a proxy that a person has put there, all is as without.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_proxy_in_front_is_well() {
    let site = Site::sqlite();
    let nginx = Nginx::start("127.0.0.3", site.better_auth.url());
    let settings = right(&site.better_auth, &STRATEGIES).with("better_auth.internal_url", nginx.url());
    examine(&settings).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn clocks_that_are_apart() {
    let site = Site::start(&Database::Sqlite, json!({ "clockAhead": 90 }));
    let settings = right(&site.better_auth, &STRATEGIES);
    examine(&settings).is_broken("clock", "jwt.leeway", &["ahead of", "not valid yet", "NTP"]);
    examine(&right(&site.better_auth, &["get_session"])).warns("clock", "", &["ahead of", "NTP"]);
    let behind = Site::start(&Database::Sqlite, json!({ "clockAhead": -400 }));
    let hook = settings.with("revocation.hook_secret", "a secret of the tests, 30 bytes");
    let hook = hook.with("better_auth.url", behind.better_auth.url());
    examine(&hook).is_broken("clock", "revocation.hook_secret", &["behind", "events are refused"]);
}
