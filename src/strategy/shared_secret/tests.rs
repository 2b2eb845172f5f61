use chrono::Utc;

use super::*;
use crate::Unverified;

const MINUTE: Duration = Duration::from_mins(1);

fn shared(secret: &str) -> SharedSecret {
    SharedSecret::new(secret.repeat(32).as_str()).expect("long enough")
}

async fn verify(shared: &SharedSecret, token: &str) -> Verdict {
    shared.verify(&Credential::bearer(token)).await
}

async fn refusal(shared: &SharedSecret, token: &str) -> Option<Refusal> {
    match verify(shared, token).await {
        Err(Unverified::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

#[tokio::test]
async fn an_access_token_names_its_user_and_a_refresh_token_nobody() {
    let shared = shared("a");
    let user = User { role: Some("reporter".into()), email_verified: true, ..User::new("service") };
    let identity = verify(&shared, &shared.access_token(&user, MINUTE)).await.expect("verified");
    assert_eq!(*identity.user, user);
    let refresh = shared.refresh_token(&user, MINUTE);
    assert_eq!(refusal(&shared, &refresh).await, Some(Refusal::WrongTokenType));
    let access = shared.exchange(&refresh, MINUTE).expect("exchanged");
    assert_eq!(*verify(&shared, &access).await.expect("verified").user, user);
    assert_eq!(shared.exchange(&access, MINUTE), Err(Refusal::WrongTokenType));
}

#[tokio::test]
async fn tokens_are_minted_by_the_clock_that_was_given() {
    let then = Utc::now() - chrono::TimeDelta::days(1);
    let shared = shared("a").with_clock(Clock::Fixed(then));
    let user = User::new("u");
    let refresh = shared.refresh_token(&user, MINUTE);
    let exchanged = shared.exchange(&refresh, MINUTE).expect("it has not expired by that clock");
    for token in [shared.access_token(&user, MINUTE), exchanged] {
        let credential = Credential::bearer(&*token).with_clock(Clock::Fixed(then));
        let identity = shared.verify(&credential).await.expect("verified");
        assert_eq!(identity.expires_at.timestamp(), then.timestamp() + 60);
        assert_eq!(refusal(&shared, &token).await, Some(Refusal::Expired));
    }
}

#[tokio::test]
async fn an_exchange_loses_nothing_of_the_user() {
    let shared = shared("a");
    let exp = Utc::now().timestamp() + 60;
    let claims = json!({"sub": "u", "token_type": "refresh", "exp": exp, "banned": true, "username": "ann"});
    let access = shared.exchange(&shared.sign(&claims), MINUTE).expect("exchanged");
    let user = verify(&shared, &access).await.expect("verified").user;
    assert!(user.is_banned(Utc::now()));
    assert_eq!(user.username.as_deref(), Some("ann"));
}

#[tokio::test]
async fn issuer_and_audience_are_held_where_they_are_configured() {
    let plain = shared("a");
    let strict = shared("a").with_issuer("i").with_audience("us");
    let user = User::new("u");
    assert!(verify(&strict, &strict.access_token(&user, MINUTE)).await.is_ok());
    let other = shared("a").with_issuer("i").with_audience("them").access_token(&user, MINUTE);
    assert_eq!(refusal(&strict, &other).await, Some(Refusal::WrongAudience));
    assert_eq!(refusal(&plain, &other).await, Some(Refusal::WrongAudience));
    let unnamed = refusal(&strict, &plain.access_token(&user, MINUTE)).await;
    assert_eq!(unnamed, Some(Refusal::InvalidClaim("iss")));
}

#[tokio::test]
async fn an_older_secret_verifies_and_does_not_sign() {
    let (old, new) = ("o".repeat(32), "n".repeat(32));
    let rotated = SharedSecret::new(Secrets::new(&*new).with_older([&*old])).expect("long enough");
    let user = User::new("u");
    assert!(verify(&rotated, &shared("o").access_token(&user, MINUTE)).await.is_ok());
    let minted = rotated.access_token(&user, MINUTE);
    assert!(verify(&shared("n"), &minted).await.is_ok());
    assert_eq!(refusal(&shared("o"), &minted).await, Some(Refusal::BadSignature));
}

#[tokio::test]
async fn s9_expiry_is_required_and_held() {
    let shared = shared("a");
    let sign = |claims: Value| shared.sign(&claims);
    let now = Utc::now().timestamp();
    let endless = sign(json!({"sub": "u", "token_type": "access"}));
    assert_eq!(refusal(&shared, &endless).await, Some(Refusal::InvalidClaim("exp")));
    let past = sign(json!({"sub": "u", "token_type": "access", "exp": now - 31}));
    assert_eq!(refusal(&shared, &past).await, Some(Refusal::Expired));
    let typeless = sign(json!({"sub": "u", "exp": now + 60}));
    assert_eq!(refusal(&shared, &typeless).await, Some(Refusal::WrongTokenType));
    let nobody = sign(json!({"token_type": "access", "exp": now + 60}));
    assert_eq!(refusal(&shared, &nobody).await, Some(Refusal::InvalidClaim("sub")));
}

#[tokio::test]
async fn every_change_of_a_token_is_refused() {
    let shared = shared("a");
    let token = shared.access_token(&User::new("u"), MINUTE);
    for at in 0..token.len() {
        let mut octets = token.clone().into_bytes();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(octets).expect("ASCII");
        assert!(refusal(&shared, &changed).await.is_some(), "{changed}");
    }
}

#[test]
fn short_secrets_are_refused() {
    assert!(SharedSecret::new(&*"a".repeat(31)).is_err());
    assert!(SharedSecret::new(Secrets::new("a".repeat(32)).with_older(["short"])).is_err());
}
