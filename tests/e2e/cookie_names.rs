//! What Better Auth calls its session cookie: by its configuration alone, never by the request.

use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    presented::Presented,
    settings::Settings,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
};

const HTTPS: &str = "https://www.example.test";

/// A site of these options, the cookie that it sets, and the settings of a service that knows no more than its address.
async fn site(base_url: Option<&str>, advanced: Value) -> (Site, SignedIn, Settings) {
    let mut options = json!({ "advanced": advanced });
    if let Some(url) = base_url {
        options["baseURL"] = url.into();
    }
    let site = Site::start(&Database::Sqlite, options);
    let session = site.ann().await;
    let mut settings = Settings::of(&site.better_auth, &["session_table"]);
    if let Some(url) = base_url {
        let inside = site.better_auth.url().to_owned();
        settings = settings.with("better_auth.url", url).with("better_auth.internal_url", inside);
    }
    (site, session, settings)
}

fn named(name: &str) -> Value {
    json!({ "cookies": { "session_token": { "name": name } } })
}

#[tokio::test]
async fn are_known_as_better_auth_makes_them() {
    for (base_url, advanced, name, told) in [
        (
            None,
            json!({ "cookiePrefix": "acme" }),
            "acme.session_token",
            Some(("better_auth.cookie_prefix", "acme")),
        ),
        (None, named("sid"), "sid", Some(("better_auth.cookie_name", "sid"))),
        // A name of its own has no prefix, whatever that is.
        (
            None,
            json!({ "cookiePrefix": "acme", "cookies": { "session_token": { "name": "sid" } } }),
            "sid",
            Some(("better_auth.cookie_name", "sid")),
        ),
        (None, json!({ "useSecureCookies": true }), "__Secure-better-auth.session_token", None),
        (Some(HTTPS), json!({}), "__Secure-better-auth.session_token", None),
        (
            Some(HTTPS),
            json!({ "cookiePrefix": "acme" }),
            "__Secure-acme.session_token",
            Some(("better_auth.cookie_prefix", "acme")),
        ),
        (Some(HTTPS), named("sid"), "__Secure-sid", Some(("better_auth.cookie_name", "sid"))),
        // Better Auth's own prefix comes before one that browsers guard, too.
        (
            Some(HTTPS),
            json!({ "cookiePrefix": "__Host-acme" }),
            "__Secure-__Host-acme.session_token",
            Some(("better_auth.cookie_prefix", "__Host-acme")),
        ),
        (
            Some(HTTPS),
            json!({ "cookiePrefix": "__Host-acme", "useSecureCookies": false }),
            "__Host-acme.session_token",
            Some(("better_auth.cookie_prefix", "__Host-acme")),
        ),
    ] {
        let (_site, session, settings) = site(base_url, advanced).await;
        assert_eq!(session.cookie_name, name);
        if let Some((key, value)) = told {
            settings.start().me(&Presented::cookie(&session)).await.missing();
            settings.clone().with(key, value).start().me(&Presented::cookie(&session)).await.accepted();
        } else {
            settings.start().me(&Presented::cookie(&session)).await.accepted();
        }
    }
}

/// A name with a prefix that browsers guard, which keeps Better Auth from adding its own.
#[tokio::test]
async fn may_have_the_prefix_of_a_host() {
    let advanced =
        json!({ "useSecureCookies": false, "cookies": { "session_token": { "name": "__Host-sid" } } });
    let (_site, session, settings) = site(Some(HTTPS), advanced).await;
    assert_eq!(session.cookie_name, "__Host-sid");
    let service = settings.with("better_auth.cookie_name", "__Host-sid").start();
    service.me(&Presented::cookie(&session)).await.accepted();
}

/// `useSecureCookies: false` on https: a sibling site could plant this one, so it has to be asked for.
#[tokio::test]
async fn without_the_secure_prefix_are_read_on_https_only_where_asked_for() {
    let (_site, session, settings) = site(Some(HTTPS), json!({ "useSecureCookies": false })).await;
    assert_eq!(session.cookie_name, "better-auth.session_token");
    settings.start().me(&Presented::cookie(&session)).await.missing();
    let lax = settings.with("better_auth.allow_plain_cookie", true).start();
    lax.me(&Presented::cookie(&session)).await.accepted();
}

/// One cookie for all subdomains has another domain, not another name.
#[tokio::test]
async fn stay_the_same_across_subdomains() {
    let advanced = json!({ "crossSubDomainCookies": { "enabled": true, "domain": "example.test" } });
    let (site, session, settings) = site(Some(HTTPS), advanced).await;
    assert_eq!(session.cookie_name, "__Secure-better-auth.session_token");
    let body = json!({ "name": "Bob", "email": "bob@example.test", "password": PASSWORD });
    let response = site.better_auth.post("/sign-up/email", None, &body).await;
    let lines = response.headers().get_all(SET_COOKIE).iter();
    assert!(lines.filter_map(|line| line.to_str().ok()).any(|line| line.contains("Domain=example.test")));
    settings.start().me(&Presented::cookie(&session)).await.accepted();
}
