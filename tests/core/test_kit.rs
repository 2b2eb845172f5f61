//! The test kit, as whoever tests an app uses it.

use std::time::Duration;

use better_auth_verifier::{
    Carriers, Chain, Credential, GetSession, Hook, HookSecret, Identity, Jwt, Revocations,
    SessionCookieCache, Verdict,
    test_kit::{CACHE_COOKIE, CacheForm, Event, SESSION_COOKIE, Session, SigningKey, TestKit},
};
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::parts::{bearer, chain, told};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Verifies JWTs by the kit's keys, which are fetched again whenever one is unknown.
fn jwt(kit: &TestKit) -> Chain {
    chain(Jwt::new(kit.jwks_url(), [kit.url()], [kit.url()]).expect("a client").with_cooldown(Duration::ZERO))
}

fn get_session(kit: &TestKit) -> Chain {
    chain(GetSession::new(&kit.base_url(), TIMEOUT).expect("a client").with_raw_tokens(true))
}

async fn judge(chain: &Chain, credential: &Credential) -> Verdict {
    chain.judge(credential).await.verdict
}

async fn outcome(chain: &Chain, token: &str) -> String {
    told(&judge(chain, &bearer(token)).await)
}

/// What a request with this header `Cookie` presents.
fn presented(cookies: &str) -> Credential {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::try_from(cookies).expect("a value"));
    let carriers = Carriers::new([SESSION_COOKIE]).with_companions([CACHE_COOKIE]);
    carriers.read(&Method::GET, &headers).expect("readable").expect("a session cookie")
}

fn is_ann(identity: &Identity) {
    let user = &identity.user;
    assert_eq!((&*user.id, user.email.as_deref()), ("ann", Some("ann@example.test")));
    assert!(user.email_verified && user.has_role("admin") && user.has_role("editor"));
}

#[tokio::test]
async fn a_jwt_says_what_is_known_of_its_user() {
    let kit = TestKit::start();
    let ann = kit.user("ann").verified().role("admin,editor");
    is_ann(&judge(&jwt(&kit), &bearer(&ann.jwt())).await.expect("verified"));
    // As of when it was issued.
    let before = ann.jwt();
    let ann = ann.role("user").banned();
    let chain = jwt(&kit);
    assert_eq!(outcome(&chain, &before).await, "verified ann");
    assert_eq!(outcome(&chain, &ann.jwt()).await, "refused: banned");
}

#[tokio::test]
async fn one_thing_alone_is_wrong_with_a_token() {
    let kit = TestKit::start();
    let chain = jwt(&kit);
    let token = || kit.user("ann").token();
    for (token, cause) in [
        (token().expired(), "expired"),
        (token().issuer("https://other.example"), "wrong-issuer"),
        (token().audience("https://other.example"), "wrong-audience"),
        (token().unknown_key(), "unknown-key"),
        (token().forged(), "bad-signature"),
        (token().header("alg", "RS256"), "key-mismatch"),
        (token().claim("exp", Value::Null), "invalid-claim-exp"),
    ] {
        assert_eq!(outcome(&chain, &token.sign()).await, format!("refused: {cause}"));
    }
    assert_eq!(outcome(&chain, &token().claim("plan", "pro").sign()).await, "verified ann");
}

#[tokio::test]
async fn a_new_key_signs_beside_the_old_one_and_a_withdrawn_one_is_gone() {
    let kit = TestKit::start();
    let ann = kit.user("ann");
    let first = ann.jwt();
    kit.rotate_keys();
    let second = ann.jwt();
    let chain = jwt(&kit);
    for token in [&first, &second] {
        assert_eq!(outcome(&chain, token).await, "verified ann");
    }
    assert_eq!(kit.asked("/api/auth/jwks"), 1);
    kit.withdraw_keys();
    let third = ann.jwt();
    assert_eq!(outcome(&chain, &third).await, "verified ann");
    assert_eq!(outcome(&jwt(&kit), &first).await, "refused: unknown-key");
}

/// Every form in which a client presents a session.
fn forms(session: &Session) -> [Credential; 4] {
    [
        bearer(session.token()),
        bearer(&session.signed()),
        bearer(session.bearer().strip_prefix("Bearer ").expect("a bearer")),
        presented(&session.cookie()),
    ]
}

#[tokio::test]
async fn a_session_is_known_in_every_form_until_it_ends() {
    let kit = TestKit::start();
    let chain = get_session(&kit);
    let session = kit.user("ann").verified().role("admin,editor").session().impersonated_by("root");
    for credential in forms(&session) {
        let identity = judge(&chain, &credential).await.expect("verified");
        is_ann(&identity);
        let session = identity.session.expect("a session");
        assert_eq!(session.impersonated_by.as_deref(), Some("root"));
        assert!(session.created_at.is_some());
    }
    let expired = kit.user("ann").session().expired();
    let other = kit.user("ann").session();
    session.sign_out();
    for credential in forms(&session).iter().chain(&forms(&expired)) {
        assert_eq!(told(&judge(&chain, credential).await), "refused: unknown-session");
    }
    assert_eq!(told(&judge(&chain, &presented(&other.cookie())).await), "verified ann");
    kit.user("ann").sign_out();
    assert_eq!(told(&judge(&chain, &presented(&other.cookie())).await), "refused: unknown-session");
}

#[tokio::test]
async fn a_cookie_cache_is_believed_in_each_form() {
    let kit = TestKit::start();
    let keys = || better_auth_verifier::KeySource::new(kit.jwks_url()).expect("a client");
    let chain = chain(SessionCookieCache::new(kit.secret(), [CACHE_COOKIE]).with_keys(keys()));
    let session = kit.user("ann").verified().role("admin,editor").session();
    for form in CacheForm::ALL {
        let identity = judge(&chain, &presented(&session.cookies(form))).await;
        is_ann(&identity.unwrap_or_else(|unverified| panic!("{form:?}: {unverified}")));
    }
}

#[tokio::test]
async fn it_fails_hangs_and_recovers_on_command() {
    let kit = TestKit::start();
    let session = kit.user("ann").session();
    let chain = get_session(&kit);
    kit.fail(500);
    assert_eq!(outcome(&chain, &session.signed()).await, "undecidable");
    kit.hang();
    let asked = kit.asked("/api/auth/get-session");
    let signed = session.signed();
    let (outcome, ()) = tokio::join!(outcome(&chain, &signed), async {
        while kit.asked("/api/auth/get-session") == asked {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        kit.recover();
    });
    assert_eq!(outcome, "verified ann");
    let url = kit.base_url();
    drop(kit);
    let gone = GetSession::new(&url, TIMEOUT).expect("a client");
    assert_eq!(told(&judge(&crate::parts::chain(gone), &bearer(&session.signed())).await), "undecidable");
}

#[tokio::test]
async fn better_auths_routes_answer_as_it_does() {
    let kit = TestKit::start();
    let client = reqwest::Client::new();
    let get = |path: &str| client.get(format!("{}/api/auth{path}", kit.url()));
    let json = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default())
    };
    assert_eq!(json(get("/ok")).await, (200, serde_json::json!({ "ok": true })));
    assert_eq!(json(get("/get-session")).await, (200, Value::Null));
    assert_eq!(json(get("/token")).await.0, 401);
    assert_eq!(json(get("/nowhere")).await.0, 404);
    assert_eq!(json(client.post(format!("{}/api/auth/get-session", kit.url()))).await.0, 405);
    let session = kit.user("ann").session();
    let (status, body) = json(get("/token").header("cookie", session.cookie())).await;
    assert_eq!(status, 200);
    assert_eq!(outcome(&jwt(&kit), body["token"].as_str().expect("a token")).await, "verified ann");
}

/// The tests of the service hold the signature against vectors that the plugin has made.
#[test]
fn an_event_is_signed_by_the_secret_of_its_hook() {
    let secret: HookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret");
    let other: HookSecret = "another secret of at least 24 bytes".parse().expect("a secret");
    let hook = Hook::new(&secret, Revocations::default());
    let session = TestKit::start().user("ann").session();
    let data = json!({ "sessionId": session.id(), "userId": "ann" });
    let event = Event::now("session.deleted", &data);
    let headers = event.headers(&secret);
    assert_eq!(headers["webhook-signature"], event.signature(&secret).as_str());
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    let read = hook.verify(&headers, event.body.as_bytes(), None).expect("an event");
    assert_eq!(
        (read.id, read.session.as_deref(), &*read.user),
        (event.id.clone(), Some(session.id()), "ann")
    );
    hook.verify(&event.headers(&other), event.body.as_bytes(), None).expect_err("another secret");
    let old = event.sent_at(Utc::now() - TimeDelta::minutes(6));
    hook.verify(&old.headers(&secret), old.body.as_bytes(), None).expect_err("too old");
}

#[tokio::test]
async fn a_session_has_the_id_that_better_auth_tells() {
    let kit = TestKit::start();
    let chain = get_session(&kit);
    let first = kit.user("ann").session();
    let named = kit.user("ann").session().member("id", "s1");
    assert_ne!(first.id(), kit.user("ann").session().id());
    assert_eq!(named.id(), "s1");
    for session in [first, named] {
        let identity = judge(&chain, &bearer(&session.signed())).await.expect("verified");
        assert_eq!(identity.session.expect("a session").id.as_deref(), Some(session.id()));
    }
}

#[test]
fn a_test_without_a_runtime_can_use_it_too() {
    let kit = TestKit::start();
    assert!(kit.user("ann").session().aged(TimeDelta::hours(2)).cookie().starts_with(SESSION_COOKIE));
    assert!(kit.user("ann").token().signed_by(SigningKey::es256("k")).sign().split('.').count() == 3);
    assert!(kit.user("bob").banned_until(Utc::now() + TimeDelta::hours(1)).id() == "bob");
}

#[cfg(feature = "session-table")]
#[tokio::test]
async fn the_tables_follow_what_happens() {
    use better_auth_verifier::{
        Cached, SessionTable,
        database::{self, Access},
    };

    let kit = TestKit::start();
    let before = kit.user("ann").verified().role("admin,editor").session();
    let database = database::open(&kit.database_url(), Access::Read, TIMEOUT).expect("an address");
    let chain = chain(Cached::new(SessionTable::new(database, kit.secret(), TIMEOUT), TIMEOUT, 10));
    is_ann(&judge(&chain, &presented(&before.cookie())).await.expect("verified"));
    // Names with quotes, and a field of one's own.
    let odd = kit
        .user("o'n\"e")
        .member("favourite\"colour", "it's blue")
        .member("tags", serde_json::json!(["a"]))
        .session();
    assert_eq!(outcome(&chain, &odd.signed()).await, "verified o'n\"e");
    let expired = kit.user("ann").session().expired();
    assert_eq!(outcome(&chain, &expired.signed()).await, "refused: expired");
    odd.sign_out();
    let fresh = SessionTable::new(
        database::open(&kit.database_url(), Access::Read, TIMEOUT).expect("an address"),
        kit.secret(),
        TIMEOUT,
    );
    assert_eq!(outcome(&crate::parts::chain(fresh), &odd.signed()).await, "refused: unknown-session");
}
