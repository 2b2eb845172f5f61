//! Cookie caches that a real Better Auth wrote. Its clock stood at the first of January 2026, and so does ours here.

use std::time::Duration;

use better_auth_verifier::{Clock, Credential, KeySource, Secrets, SessionCookieCache, Strategy};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::parts::{
    chain,
    cookie_cache::{CACHE_COOKIE, presented, signed},
    outcome,
    server::{Answer, Server},
    vector::{self, text},
};

/// In milliseconds since 1970.
const NOW: i64 = 1_767_225_600_000;

fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).expect("a date")
}

pub fn then() -> DateTime<Utc> {
    at(NOW)
}

/// All vectors that hold a cache, those with published keys included.
pub fn caches() -> Vec<(String, Value)> {
    let mut all = vector::all("cookie-cache");
    all.extend(vector::all("session-cache-jwt"));
    for (file, vector) in &all {
        assert_eq!(text(vector, "/now").parse::<DateTime<Utc>>().expect("a date"), then(), "{file}");
    }
    all
}

/// The cookies of a vector, or of the part of one below `at`, as a browser sends them.
pub fn credential(vector: &Value, at: &str) -> Credential {
    presented_then(cookies(vector.pointer(at).expect("a part")))
}

/// The credential of these cookies, at the vectors' time.
pub fn presented_then<'a>(cookies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Credential {
    presented(cookies).with_clock(Clock::Fixed(then()))
}

/// Names and values: the session cookie, then the cache or its parts.
pub fn cookies(part: &Value) -> Vec<(&str, &str)> {
    let session = (text(part, "/sessionCookie/cookieName"), text(part, "/sessionCookie/wire"));
    let caches = part["cookies"].as_array().expect("cookies").iter();
    let caches = caches.map(|cookie| (text(cookie, "/name"), text(cookie, "/value")));
    [session].into_iter().chain(caches).collect()
}

fn with_session_cookie(part: &Value, wire: &str) -> Credential {
    let mut cookies = cookies(part);
    cookies[0].1 = wire;
    presented_then(cookies)
}

/// The strategy that the vector's server would use.
pub fn strategy(vector: &Value, secrets: impl Into<Secrets>) -> SessionCookieCache {
    let strategy = SessionCookieCache::new(secrets, [CACHE_COOKIE]);
    strategy.with_version(text(vector, "/payload/version"))
}

/// The same with the vector's keys, where it has any. They are fetched from the server for as long as it lives.
pub async fn knowing_keys(vector: &Value) -> (Option<Server>, SessionCookieCache) {
    let strategy = strategy(vector, text(vector, "/secret"));
    if vector["jwks"].is_null() {
        return (None, strategy);
    }
    let server = Server::start(Answer::json(&vector["jwks"])).await;
    let keys = KeySource::new(server.url("/jwks")).expect("a client").with_cooldown(Duration::from_mins(10));
    (Some(server), strategy.with_keys(keys))
}

#[tokio::test]
async fn caches_of_every_form_verify_and_tell_who_is_calling() {
    let mut forms = Vec::new();
    for (file, vector) in caches() {
        let (_server, strategy) = knowing_keys(&vector).await;
        let judgement = chain(strategy).judge(&credential(&vector, "")).await;
        let identity = judgement.verdict.unwrap_or_else(|error| panic!("{file}: {error}"));
        let (user, payload) = (&identity.user, &vector["payload"]);
        assert_eq!(identity.strategy, "session_cookie_cache", "{file}");
        assert_eq!(user.id, text(payload, "/user/id"), "{file}");
        assert_eq!(user.email.as_deref(), payload["user"]["email"].as_str(), "{file}");
        assert_eq!(user.name.as_deref(), payload["user"]["name"].as_str(), "{file}");
        assert_eq!(user.email_verified, payload["user"]["emailVerified"], "{file}");
        let session = identity.session.expect("a session");
        assert_eq!(session.id.as_deref(), Some(text(payload, "/session/id")), "{file}");
        let (session_end, cache_end) = (text(payload, "/session/expiresAt"), &vector["expiresAt"]);
        let session_end: DateTime<Utc> = session_end.parse().expect("a date");
        assert_eq!(session.expires_at, session_end, "{file}");
        let cache_end = at(cache_end.as_i64().expect("milliseconds"));
        assert_eq!(identity.expires_at, session_end.min(cache_end), "{file}");
        forms.push((text(&vector, "/form").to_owned(), vector["cookies"].as_array().map_or(0, Vec::len)));
    }
    forms.sort();
    forms.dedup();
    let expected = [("compact", 1), ("jwe", 1), ("jwe", 3), ("jwks", 1), ("jwt", 1)];
    assert_eq!(forms, expected.map(|(form, cookies)| (form.to_owned(), cookies)));
}

#[tokio::test]
async fn parts_of_a_cache_are_joined_in_whichever_order_they_come() {
    let (_, vector) = caches().into_iter().find(|(file, _)| file.contains("chunked")).expect("a vector");
    let mut turned = vector.clone();
    turned["cookies"].as_array_mut().expect("cookies").reverse();
    let chain = chain(strategy(&vector, text(&vector, "/secret")));
    assert!(outcome(&chain, &credential(&turned, "")).await.starts_with("verified"));
    for missing in 0..2 {
        let mut incomplete = vector.clone();
        incomplete["cookies"].as_array_mut().expect("cookies").remove(missing);
        assert_eq!(outcome(&chain, &credential(&incomplete, "")).await, "refused: unclaimed", "{missing}");
    }
    // Nothing tells that a last part is missing, but what is there is not whole.
    turned["cookies"].as_array_mut().expect("cookies").remove(0);
    assert!(outcome(&chain, &credential(&turned, "")).await.starts_with("refused"));
}

#[tokio::test]
async fn today_they_have_expired_and_are_claimed_by_nobody() {
    for (file, vector) in caches() {
        let (server, strategy) = knowing_keys(&vector).await;
        let today = credential(&vector, "").with_clock(Clock::System);
        let judgement = chain(strategy).judge(&today).await;
        assert_eq!(judgement.strategy, None, "{file}");
        assert_eq!(
            server.map_or(0, |server| server.requests()),
            0,
            "{file}: what nobody claims costs no fetch"
        );
    }
}

#[tokio::test]
async fn a_cache_counts_up_to_and_including_its_last_millisecond() {
    for (file, vector) in caches() {
        let end = vector["expiresAt"].as_i64().expect("milliseconds");
        assert!(matches!(end - NOW, 300_000 | 604_800_000), "{file}: {end}");
        let (_server, strategy) = knowing_keys(&vector).await;
        let chain = chain(strategy);
        // Without a database a cache ends with its session, a week from then.
        for (moment, expected) in [(end, "verified"), (end + 1, "refused: unclaimed")] {
            let credential = credential(&vector, "").with_clock(Clock::Fixed(at(moment)));
            let outcome = outcome(&chain, &credential).await;
            assert!(outcome.starts_with(expected), "{file}: {outcome}");
        }
    }
}

#[tokio::test]
async fn another_version_is_claimed_by_nobody() {
    for (file, vector) in caches() {
        let (_server, strategy) = knowing_keys(&vector).await;
        for other in ["2", "", "01", "1 ", "2026-02"] {
            let chain = chain(strategy_of_version(&vector, other));
            assert_eq!(
                outcome(&chain, &credential(&vector, "")).await,
                "refused: unclaimed",
                "{file}: {other}"
            );
        }
        strategy.claims(&credential(&vector, "")).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

fn strategy_of_version(vector: &Value, version: &str) -> SessionCookieCache {
    strategy(vector, text(vector, "/secret")).with_version(version)
}

#[tokio::test]
async fn another_secret_is_refused() {
    for (file, vector) in caches() {
        let other = format!("{} ", text(&vector, "/secret"));
        let (_server, strategy) = knowing_keys(&vector).await;
        strategy.claims(&credential(&vector, "")).expect("claimed");
        // The session cookie alone is forged, then the cache alone.
        let cache_only = with_session_cookie(&vector, &signed(&other, text(&vector, "/sessionCookie/token")));
        let believing_other = chain(self::strategy(&vector, &*other));
        assert_eq!(outcome(&chain(strategy), &cache_only).await, "refused: bad-signature", "{file}");
        let outcome = outcome(&believing_other, &cache_only).await;
        let expected = match text(&vector, "/form") {
            // Its key has another name.
            "jwe" => "refused: unknown-key",
            // No secret is in it; without keys it is nobody's.
            "jwks" => "refused: unclaimed",
            _ => "refused: bad-signature",
        };
        assert_eq!(outcome, expected, "{file}");
    }
}

#[tokio::test]
async fn an_older_secret_decrypts_and_what_it_signed_is_refused_unless_that_is_asked_for() {
    let mut forms = Vec::new();
    for (file, vector) in vector::all("cookie-cache") {
        let Some(rotated) = vector.get("rotated") else { continue };
        let form = text(&vector, "/form");
        let (new, old) = (text(&vector, "/secrets/0/value"), text(&vector, "/secrets/1/value"));
        assert_eq!((new, old), (text(&vector, "/secret"), text(rotated, "/secret")), "{file}");
        let secrets = |accept| Secrets::new(new).with_older([old]).accept_older_signatures(accept);
        let (strict, lax) =
            (chain(strategy(&vector, secrets(false))), chain(strategy(&vector, secrets(true))));
        assert!(outcome(&strict, &credential(&vector, "")).await.starts_with("verified"), "{file}");

        let before = credential(&vector, "/rotated");
        let verified = format!("verified {}", text(rotated, "/payload/user/id"));
        assert_eq!(outcome(&strict, &before).await, "refused: bad-signature", "{file}");
        assert_eq!(outcome(&lax, &before).await, verified, "{file}");
        // The session cookie has been signed anew, the cache not yet.
        let resigned = with_session_cookie(rotated, &signed(new, text(rotated, "/sessionCookie/token")));
        let expected = if form == "jwe" { &verified } else { "refused: bad-signature" };
        assert_eq!(&outcome(&strict, &resigned).await, expected, "{file}");
        let forgotten = outcome(&chain(strategy(&vector, new)), &resigned).await;
        let expected = if form == "jwe" { "refused: unknown-key" } else { "refused: bad-signature" };
        assert_eq!(forgotten, expected, "{file}");
        forms.push(form.to_owned());
    }
    forms.sort();
    assert_eq!(forms, ["compact", "jwe", "jwt"]);
}
