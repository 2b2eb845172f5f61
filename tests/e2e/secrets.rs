//! Better Auth's secret is replaced by another one.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::parts::{
    cookie_cache::{self, is_cache},
    presented::{Presented, encoded},
    service,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
};

const OLD: &str = "the-older-secret-of-the-rotation-0123456789-A";
const NEW: &str = "the-newer-secret-of-the-rotation-0123456789-B";

/// The same as the service is told.
const ROTATED: [&str; 2] =
    ["2:the-newer-secret-of-the-rotation-0123456789-B", "1:the-older-secret-of-the-rotation-0123456789-A"];

fn old() -> Value {
    json!([{ "version": 1, "value": OLD }])
}

fn rotated() -> Value {
    json!([{ "version": 2, "value": NEW }, { "version": 1, "value": OLD }])
}

fn settings(site: &Site, strategy: &str, secrets: &[&str]) -> Settings {
    cookie_cache::settings(site, &[strategy])
        .with("better_auth.secret", "")
        .with("better_auth.secrets", secrets)
}

/// The session signed anew, as Better Auth does when it sets its cookie again.
fn signed_with(secret: &str, session: &SignedIn) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, session.token.as_bytes()));
    format!("{}={}", session.cookie_name, encoded(&format!("{}.{signature}", session.token)))
}

/// A session of before, in each form of the cookie cache, and the site after the rotation.
async fn rotation(form: (&str, bool)) -> (Site, SignedIn) {
    let mut site = cookie_cache::site(form, cookie_cache::LONG, json!({ "secrets": old() }));
    let session = site.ann().await;
    site.better_auth.change(json!({ "secrets": rotated() }));
    (site, session)
}

#[tokio::test]
async fn what_an_older_one_signed_is_refused_unless_asked_for() {
    let (site, before) = rotation(("compact", false)).await;
    // So does Better Auth.
    assert_eq!(site.better_auth.get_session(&before).await, Value::Null);
    let after = site.ann().await;
    for strategy in ["session_table", "session_cookie_cache"] {
        let strict = settings(&site, strategy, &ROTATED).start();
        strict.me(&Presented::cookies(&before)).await.refused();
        strict.has_told(strategy, "bad-signature");
        strict.me(&Presented::cookies(&after)).await.accepted();

        let lax =
            settings(&site, strategy, &ROTATED).with("better_auth.accept_older_signatures", true).start();
        for session in [&before, &after] {
            let answer = lax.me(&Presented::cookies(session)).await;
            assert_eq!(answer.accepted()["user"]["id"], session.user_id);
        }
        // The older one alone: as if the rotation had not been heard of.
        let late = settings(&site, strategy, &ROTATED[1..]).start();
        late.me(&Presented::cookies(&before)).await.accepted();
        late.me(&Presented::cookies(&after)).await.refused();
    }
}

/// What is encrypted says which key it needs, and that one may be an older one.
#[tokio::test]
async fn what_an_older_one_encrypted_is_read() {
    let (site, before) = rotation(("jwe", false)).await;
    let cache = before.cookie_header_of(is_cache);
    let signed_anew = Presented::Cookie(format!("{}; {cache}", signed_with(NEW, &before)));
    let strict = settings(&site, "session_cookie_cache", &ROTATED).start();
    assert_eq!(strict.me(&signed_anew).await.accepted()["user"]["id"], before.user_id);
    strict.me(&Presented::cookies(&before)).await.refused();
    let lax =
        settings(&site, "session_cookie_cache", &ROTATED).with("better_auth.accept_older_signatures", true);
    lax.start().me(&Presented::cookies(&before)).await.accepted();
    let unknowing = settings(&site, "session_cookie_cache", &ROTATED[..1]).start();
    unknowing.me(&signed_anew).await.refused();
    // The other forms are signed, and stay refused.
    for form in [("compact", false), ("jwt", false)] {
        let (site, before) = rotation(form).await;
        let cache = before.cookie_header_of(is_cache);
        let signed_anew = Presented::Cookie(format!("{}; {cache}", signed_with(NEW, &before)));
        settings(&site, "session_cookie_cache", &ROTATED).start().me(&signed_anew).await.refused();
    }
}

/// The single secret behind the versions is the oldest of all.
#[tokio::test]
async fn the_single_secret_decrypts_behind_the_versions() {
    let mut site = cookie_cache::site(("jwe", false), cookie_cache::LONG, json!({ "secret": OLD }));
    let before = site.ann().await;
    site.better_auth.change(json!({ "secrets": [{ "version": 1, "value": NEW }] }));
    let versioned = format!("1:{NEW}");
    let told = settings(&site, "session_cookie_cache", &[&versioned]).with("better_auth.secret", OLD).start();
    let cache = before.cookie_header_of(is_cache);
    let signed_anew = Presented::Cookie(format!("{}; {cache}", signed_with(NEW, &before)));
    told.me(&signed_anew).await.accepted();
    told.me(&Presented::cookies(&before)).await.refused();
    told.me(&Presented::cookies(&site.ann().await)).await.accepted();
}

/// Without a secret Better Auth uses one that anybody can look up.
#[tokio::test]
async fn the_built_in_one_is_refused_at_start() {
    const BUILT_IN: &str = "better-auth-secret-12345678901234567890";
    let site = Site::sqlite();
    for (key, toml) in [
        (
            "better_auth.secret",
            Settings::of(&site.better_auth, &["session_table"]).with("better_auth.secret", BUILT_IN),
        ),
        ("better_auth.secrets", settings(site, "session_table", &[ROTATED[0], &format!("1:{BUILT_IN}")])),
    ] {
        let ended = service::run(&[], &toml.toml());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.output.lines().any(|line| line.contains(key) && line.contains("built into")),
            "{ended:?}"
        );
        assert!(!ended.output.contains(BUILT_IN), "{ended:?}");
    }
}
