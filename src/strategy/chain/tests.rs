//! Counts the readings and checks of one judgement where they happen: a trace knows only the reported ones.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::*;
use crate::{
    AnyStrategy, Cached, Cookie, Guarded, Identity, Secrets, SessionCookieCache, SharedSecret, User, tally,
};

const SECRET: &str = "a secret of at least thirty-two bytes";
const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
const COOKIE: &str = "session_data";
const MINUTE: Duration = Duration::from_mins(1);

/// A session cookie with a cookie cache in the form `compact`.
fn cookies(secrets: &Secrets) -> Credential {
    let (keys, end) = (secrets.signing_keys(), Utc::now() + TimeDelta::minutes(5));
    let content = json!({
        "session": { "id": "s", "token": TOKEN, "userId": "ann", "expiresAt": end.to_rfc3339() },
        "user": { "id": "ann" },
        "updatedAt": Utc::now().timestamp_millis(),
        "version": "1",
    })
    .to_string();
    let end = end.timestamp_millis();
    let message = format!(r#"{},"expiresAt":{end}}}"#, content.strip_suffix('}').expect("an object"));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(keys.sign(message.as_bytes()));
    let cache = format!(r#"{{"session":{content},"expiresAt":{end},"signature":"{signature}"}}"#);
    let session = keys.session_cookies(TOKEN).next().expect("a secret");
    let cache = Cookie::new(COOKIE, BASE64_URL_SAFE_NO_PAD.encode(cache));
    Credential::cookie("session_token", session).with_companions(vec![cache])
}

/// Plain, guarded, and as the service builds it.
fn in_every_wrapping(strategy: &AnyStrategy) -> [Chain; 3] {
    let guarded = || Guarded::new(strategy.clone(), MINUTE);
    let chain = |strategy: AnyStrategy| Chain::default().push(strategy);
    [
        chain(strategy.clone()),
        chain(AnyStrategy::new(guarded())),
        chain(AnyStrategy::new(Cached::new(guarded(), MINUTE, 100))),
    ]
}

/// The work for a client who has failed too often: first their credential has to be proven, then it is judged.
async fn work(
    chain: &Chain,
    credential: impl Fn() -> Credential,
) -> (Identity, BTreeMap<&'static str, usize>) {
    tally::take();
    let credential = credential();
    assert!(matches!(chain.standing(&credential).await, crate::Standing::Proven(_)));
    let identity = chain.judge(&credential).await.verdict.expect("verified");
    (identity, tally::take())
}

#[tokio::test]
async fn a_cookie_cache_is_opened_once_and_each_of_both_signatures_is_verified_once() {
    let secrets = Secrets::new(SECRET);
    let strategy = AnyStrategy::new(SessionCookieCache::new(secrets.clone(), [COOKIE]));
    for chain in in_every_wrapping(&strategy) {
        let presented = cookies(&secrets);
        let (identity, work) = work(&chain, || presented.clone()).await;
        assert_eq!(identity.user.id, "ann");
        assert_eq!(work, BTreeMap::from([("HMAC", 2), ("cookie cache opened", 1)]));
    }
}

#[tokio::test]
async fn a_token_of_a_shared_secret_is_read_once_and_verified_once() {
    let shared = SharedSecret::new(SECRET).expect("long enough");
    let token = shared.access_token(&User::new("ann"), MINUTE);
    for chain in in_every_wrapping(&AnyStrategy::new(shared)) {
        let (identity, work) = work(&chain, || Credential::bearer(&*token)).await;
        assert_eq!(identity.user.id, "ann");
        assert_eq!(work, BTreeMap::from([("HMAC", 1), ("token read", 1)]));
    }
}
