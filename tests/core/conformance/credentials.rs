//! The rows of the table: tokens of every form in every carrier, and cookie caches beside a session cookie.

use better_auth_verifier::{Carrier, Cookie, Credential};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    deployment::SHARED,
    users::{ANN, BEA, BOB, EVE, TOM, ban, merged, session, token},
};
use crate::parts::{
    ISSUER,
    cookie_cache::{
        CACHE_COOKIE, SECRET, SESSION_COOKIE, compact, hs256, in_each_form, jwe, signed, soon, until,
    },
    signer::Signer,
};

const OTHER_SECRET: &str = "the-secret-of-another-deployment-0123456";
const OTHER_ISSUER: &str = "https://auth.other.test";

/// Rows that are presented in the same way.
pub struct Group {
    pub title: String,
    pub rows: Vec<Row>,
}

/// A title that begins with a dash goes on from the last that does not.
pub type Row = (String, Credential);

/// Every token in every carrier, and every cookie cache beside the session cookie of its user.
pub fn groups(ours: &Signer) -> Vec<Group> {
    let tokens = tokens(ours);
    let group = |title: &str, present: &dyn Fn(&str) -> Credential| {
        let rows = tokens.iter().map(|(title, token)| ((*title).to_owned(), present(token)));
        Group { title: title.into(), rows: rows.collect() }
    };
    let mut groups: Vec<_> = Carrier::ALL
        .iter()
        .map(|carrier| group(carrier.name(), &|token| presented(*carrier, token)))
        .collect();
    let good = encrypted(&session(ANN));
    groups.push(group("cookie, a good cookie cache beside it", &|token| beside(token, &good)));
    groups.push(Group { title: "a good cookie, beside it".into(), rows: caches(ours) });
    groups
}

fn presented(carrier: Carrier, token: &str) -> Credential {
    match carrier {
        Carrier::Authorization => Credential::bearer(token),
        Carrier::Header => Credential::header(token),
        Carrier::ApiKey => Credential::api_key(token),
        Carrier::Cookie => Credential::cookie(SESSION_COOKIE, token),
        other => panic!("how is a token presented in the carrier {}?", other.name()),
    }
}

fn beside(token: &str, cache: &str) -> Credential {
    presented(Carrier::Cookie, token).with_companions(vec![Cookie::new(CACHE_COOKIE, cache)])
}

fn tokens(ours: &Signer) -> Vec<(&'static str, String)> {
    let signed_token = |user| signed(SECRET, &token(user));
    let jwt = |user, header, claims| ours.token_with(&header, &merged(jwt_claims(user), claims));
    let jwt_of = |user| jwt(user, json!({}), json!({}));
    let jwt_with = |claims| jwt(ANN, json!({}), claims);
    let of_header = |header| jwt(ANN, header, json!({}));
    let shared = |secret, user, claims| {
        hs256(secret, &json!({ "alg": "HS256" }), &merged(shared_claims(user), claims))
    };
    let shared_of = |user| shared(SHARED, user, json!({}));
    let shared_with = |claims| shared(SHARED, ANN, claims);
    let theirs = |claims| Signer::ed25519("theirs").token_with(&json!({}), &merged(jwt_claims(ANN), claims));
    vec![
        ("signed session token", signed_token(ANN)),
        ("- of a banned user", signed_token(BEA)),
        ("- of a user whose ban is over", signed_token(BOB)),
        ("- whose session has expired", signed_token(EVE)),
        ("- of no session", signed_token(TOM)),
        ("- forged", signed_token(BEA).replace(&token(BEA), &token(ANN))),
        ("- of another deployment", signed(OTHER_SECRET, &token(ANN))),
        ("raw session token", token(ANN)),
        ("- of a banned user", token(BEA)),
        ("- of no session", token(TOM)),
        ("JWT", jwt_of(ANN)),
        ("- of a banned user", jwt_of(BEA)),
        ("- of a user whose ban is over", jwt_of(BOB)),
        ("- expired", jwt_with(json!({ "exp": 1 }))),
        ("- forged", with_signature_of(&jwt_of(BEA), &jwt_of(ANN))),
        ("- of another deployment", theirs(json!({ "iss": OTHER_ISSUER, "aud": OTHER_ISSUER }))),
        ("- of a key that we do not publish", theirs(json!({}))),
        ("- of another issuer, our keys", jwt_with(json!({ "iss": OTHER_ISSUER }))),
        ("- for somebody else", jwt_with(json!({ "aud": OTHER_ISSUER }))),
        ("- of an algorithm that nobody accepts", of_header(json!({ "alg": "ES256K" }))),
        ("JWT of the shared secret", shared_of(ANN)),
        ("- of a banned user", shared_of(BEA)),
        ("- of a user whose ban is over", shared_of(BOB)),
        ("- expired", shared_with(json!({ "exp": 1 }))),
        ("- forged", with_signature_of(&shared_of(BEA), &shared_of(ANN))),
        ("- of another deployment", shared(OTHER_SECRET, ANN, json!({}))),
        ("- of another issuer, our secret", shared_with(json!({ "iss": OTHER_ISSUER }))),
        ("- that only buys access tokens", shared_with(json!({ "token_type": "refresh" }))),
        ("- signed with Better Auth's secret", shared(SECRET, ANN, json!({}))),
        ("OAuth access token", of_header(json!({ "typ": "at+jwt" }))),
        ("JWS of the algorithm none", of_header(json!({ "alg": "none" }))),
        ("JWT that looks like a signed token, too", padded(&jwt_of(ANN))),
        ("JWE", encrypted(&session(ANN))),
        ("opaque text", "not a token".into()),
    ]
}

fn caches(ours: &Signer) -> Vec<Row> {
    let of = |content: &Value| compact(SECRET, &content.to_string(), soon());
    let over = compact(SECRET, &session(ANN).to_string(), Utc::now() - TimeDelta::minutes(1));
    let theirs = compact(OTHER_SECRET, &session(ANN).to_string(), soon());
    let good = in_each_form(SECRET, &session(ANN), soon());
    let good = good.map(|(form, cache)| (format!("a good cookie cache ({form})"), ANN, cache));
    let others = [
        ("a good cookie cache (published keys)", ANN, published(ours)),
        ("- signed by another deployment", ANN, published(&Signer::ed25519("theirs"))),
        ("a cookie cache of a banned user", BEA, of(&session(BEA))),
        ("- of a user whose ban is over", BOB, of(&session(BOB))),
        ("- that is over", ANN, over),
        ("- whose session has expired", EVE, of(&session(EVE))),
        ("- of another version", ANN, of(&merged(session(ANN), json!({ "version": "2" })))),
        ("- of another session", ANN, of(&session(BOB))),
        ("- of another deployment", ANN, theirs),
        ("- that cannot be read", ANN, "not.a.cache".into()),
    ];
    let others = others.map(|(title, user, cache)| (title.to_owned(), user, cache));
    let all = good.into_iter().chain(others);
    all.map(|(title, user, cache)| (title, beside(&signed(SECRET, &token(user)), &cache))).collect()
}

fn jwt_claims(user: &str) -> Value {
    merged(json!({ "id": user, "sub": user }), ban(user))
}

fn shared_claims(user: &str) -> Value {
    let end = soon().timestamp();
    merged(json!({ "iss": ISSUER, "sub": user, "exp": end, "token_type": "access" }), ban(user))
}

/// The encrypted form of a cookie cache.
fn encrypted(content: &Value) -> String {
    jwe(SECRET, &json!({ "alg": "dir", "enc": "A256CBC-HS512" }), &until(content, soon()))
}

/// A cookie cache of [`ANN`] that published keys have signed.
fn published(signer: &Signer) -> String {
    let header = merged(signer.header(), json!({ "typ": "better-auth.session-cache+jwt" }));
    let claims = json!({
        "sid": token(ANN), "sub": ANN, "iat": Utc::now().timestamp(), "iss": ISSUER,
        "aud": "better-auth:session-cache",
    });
    let payload = merged(until(&session(ANN), soon()), claims);
    signer.sign(&header.to_string(), &payload.to_string())
}

/// The second JWS under the signature of the first.
fn with_signature_of(first: &str, second: &str) -> String {
    let parts = |jws: &str| jws.rsplit_once('.').map(|(message, end)| (message.to_owned(), end.to_owned()));
    let ((_, signature), (message, _)) = parts(first).zip(parts(second)).expect("two JWS");
    format!("{message}.{signature}")
}

/// The JWS under a signature that is written as that of a session token is.
fn padded(jws: &str) -> String {
    with_signature_of(&format!("any.{}=", "A".repeat(43)), jws)
}
