use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use chrono::SubsecRound;
use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};

use super::*;
use crate::{
    Carrier, Credential, Feeds, Form, Forms, Revocations, Session, Strategy, User, Verdict, config,
    service::assertion::key_ring::{RingKey, Term},
    strategy::Cached,
};

const ISSUER: &str = "https://auth.example.test";
const MINUTE: Duration = Duration::from_mins(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

fn ring_key(generation: i64, algorithm: Algorithm, activates_at: DateTime<Utc>) -> RingKey {
    let key = SigningKey::generate(algorithm).expect("a key");
    RingKey { key, term: Term::new(generation, activates_at, MONTH) }
}

fn assertions(algorithm: Algorithm, now: DateTime<Utc>) -> Assertions {
    let assertions = Assertions::new(ISSUER, algorithm, MINUTE);
    assertions.replace(KeyRing::new(vec![ring_key(1, algorithm, now)]));
    assertions
}

fn ann(now: DateTime<Utc>) -> Identity {
    let mut user = User::new("ann");
    (user.email, user.email_verified) = (Some("ann@example.test".into()), true);
    user.role = Some("editor,admin".into());
    let mut session = Session::new("s1", now + Duration::from_hours(1));
    session.impersonated_by = Some("root".into());
    Identity { strategy: "session_table", ..Identity::of_session(user, session) }
}

/// As a stock library reads it, which knows the key set alone.
fn read(assertions: &Assertions, header: &HeaderValue, now: DateTime<Utc>) -> (jsonwebtoken::Header, Value) {
    let token = header.to_str().expect("text");
    let keys = assertions.key_set(now).expect("keys");
    let keys: JwkSet = serde_json::from_value(keys).expect("a JWKS");
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let jwk = keys.find(header.kid.as_deref().expect("an id")).expect("its key");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["todos"]);
    validation.set_issuer(&[ISSUER]);
    let key = DecodingKey::from_jwk(jwk).expect("a key");
    (header, jsonwebtoken::decode(token, &key, &validation).expect("verified").claims)
}

#[test]
fn a_stock_library_reads_what_is_known_of_the_caller() {
    let now = Utc::now();
    for algorithm in config::Assertion::ALGORITHMS {
        let assertions = assertions(algorithm, now);
        let minted = assertions.assertion(&ann(now), "todos", now).expect("minted");
        assert!(minted.is_sensitive());
        let (header, claims) = read(&assertions, &minted, now);
        assert_eq!(header.typ.as_deref(), Some("auth-assertion+jwt"));
        assert_eq!(format!("{:?}", header.alg).to_uppercase(), algorithm.name().to_uppercase());
        let expected = json!({
            "iss": ISSUER, "aud": "todos", "sub": "ann",
            "iat": now.timestamp(), "exp": now.timestamp() + 60,
            "email": "ann@example.test", "email_verified": true, "role": "editor,admin",
            "sid": "s1", "strategy": "session_table", "act": { "sub": "root" },
        });
        assert_eq!(claims, expected);
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let now = Utc::now();
    let assertions = assertions(Algorithm::Es256, now);
    let identity = Identity { strategy: "jwt", ..Identity::new(User::new("ann"), now + MINUTE * 2) };
    let minted = assertions.assertion(&identity, "todos", now).expect("minted");
    let (_, claims) = read(&assertions, &minted, now);
    let names: Vec<_> = claims.as_object().expect("claims").keys().map(String::as_str).collect();
    assert_eq!(names, ["iss", "aud", "sub", "iat", "exp", "strategy"]);
}

#[test]
fn an_assertion_never_outlives_the_credential() {
    let now = Utc::now();
    let assertions = assertions(Algorithm::Es256, now);
    let end = now + Duration::from_secs(20);
    let identity = Identity::new(User::new("ann"), end);
    let first = assertions.assertion(&identity, "todos", now).expect("minted");
    assert_eq!(read(&assertions, &first, now).1["exp"], end.timestamp());
    // Another one would end then, too.
    let later = end - Duration::from_secs(1);
    assert_eq!(assertions.assertion(&identity, "todos", later).expect("minted"), first);
    // A strategy that allows for clocks that differ still knows the caller by then.
    for now in [end, end + MINUTE / 2] {
        let refused = assertions.assertion(&identity, "todos", now);
        assert!(matches!(refused, Err(Unverified::Refused(Refusal::Expired))), "{refused:?}");
    }
}

/// One whose `exp` is its `iat` would be over at once.
#[test]
fn an_assertion_ends_after_it_was_minted_in_whole_seconds() {
    let second = Utc::now().trunc_subsecs(0);
    let assertions = assertions(Algorithm::Es256, second);
    let identity = |end| Identity::new(User::new("ann"), end);
    let half = Duration::from_millis(500);
    let refused = assertions.assertion(&identity(second + half), "todos", second);
    assert!(matches!(refused, Err(Unverified::Refused(Refusal::Expired))), "{refused:?}");
    let next = second + Duration::from_secs(1);
    assert!(assertions.assertion(&identity(next), "todos", second + half).is_ok());
}

/// Each signature with ES256 is another one, so the same assertion has been signed once.
#[test]
fn one_is_handed_out_for_half_its_life() {
    let now = Utc::now();
    let assertions = assertions(Algorithm::Es256, now);
    let identity = ann(now);
    let mint = |identity: &Identity, audience: &str, at| {
        assertions.assertion(identity, audience, at).expect("minted")
    };
    assert_ne!(mint(&ann(now), "todos", now), mint(&ann(now), "todos", now), "two verdicts");

    let first = mint(&identity, "todos", now);
    let (before, half) = (now + MINUTE / 2 - Duration::from_millis(1), now + MINUTE / 2);
    assert_eq!(mint(&identity.clone(), "todos", before), first);
    let second = mint(&identity, "todos", half);
    assert_ne!(second, first);
    assert_eq!(read(&assertions, &second, half).1["exp"], half.timestamp() + 60);
    assert_ne!(mint(&identity, "todos", now), second, "the clock was set back");

    let of_others = || (0..10).map(|other| mint(&identity, &other.to_string(), now)).collect::<Vec<_>>();
    assert_eq!(of_others(), of_others(), "one for each audience");
}

#[test]
fn a_key_that_signs_no_longer_takes_its_assertions_along() {
    let now = Utc::now().trunc_subsecs(3);
    let assertions = assertions(Algorithm::Es256, now);
    let identity = ann(now);
    let first = assertions.assertion(&identity, "todos", now).expect("minted");
    assertions.replace(KeyRing::new(vec![ring_key(2, Algorithm::Es256, now)]));
    let second = assertions.assertion(&identity, "todos", now).expect("minted");
    let kid = |header: &HeaderValue| {
        jsonwebtoken::decode_header(header.to_str().expect("text")).expect("a header").kid
    };
    assert_ne!(kid(&first), kid(&second));
}

#[test]
fn without_a_key_nothing_is_minted_and_nothing_published() {
    let now = Utc::now();
    let assertions = Assertions::new(ISSUER, Algorithm::Es256, MINUTE);
    assert!(assertions.key_set(now).is_none());
    let error = assertions.assertion(&ann(now), "todos", now).expect_err("no key");
    assert!(matches!(error, Unverified::Undecidable(reason) if reason.is_total_outage()));
    // A key of another algorithm is published, and does not sign.
    assertions.replace(KeyRing::new(vec![ring_key(1, Algorithm::EdDsa, now)]));
    assert!(assertions.assertion(&ann(now), "todos", now).is_err());
    assert_eq!(assertions.key_set(now).expect("a set")["keys"].as_array().map(Vec::len), Some(1));
}

#[test]
fn only_public_members_are_published() {
    let now = Utc::now();
    for algorithm in config::Assertion::ALGORITHMS {
        let set = assertions(algorithm, now).key_set(now).expect("a set");
        let key = set["keys"][0].as_object().expect("a key").clone();
        let public = ["crv", "kty", "x", "y", "e", "n", "kid", "alg", "use"];
        assert!(key.keys().all(|name| public.contains(&name.as_str())), "{key:?}");
        assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!(algorithm.name())));
    }
}

/// Verifies everybody.
struct Everybody;

impl Strategy for Everybody {
    fn name(&self) -> &'static str {
        "everybody"
    }

    fn forms(&self) -> Forms {
        Forms::of(&[Form::SharedSecretJwt], &[Carrier::Authorization])
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        Ok(ann(credential.now()))
    }
}

#[tokio::test]
async fn an_assertion_lives_and_dies_with_the_remembered_verdict() {
    let now = Utc::now();
    let assertions = assertions(Algorithm::Es256, now);
    let revocations = Revocations::default();
    let cached = Cached::new(Everybody, Duration::from_hours(1), 100).with_revocations(revocations.clone());
    let assertion = async || {
        let identity = cached.verify(&Credential::bearer("token")).await.expect("verified");
        assertions.assertion(&identity, "todos", now).expect("minted")
    };
    let first = assertion().await;
    assert_eq!(assertion().await, first);
    Feeds::new(revocations, Vec::new).open("a feed").cut_off("ann");
    assert_ne!(assertion().await, first);
}

/// All who wait for the first get it.
#[test]
fn concurrent_requests_share_one_signature() {
    let now = Utc::now();
    let assertions = assertions(Algorithm::Rs256, now);
    let identity = ann(now);
    let signatures = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let ring = assertions.ring();
                let key = ring.signing(Algorithm::Rs256, now).expect("a key");
                let kept = identity.memo::<KeptAssertions>();
                kept.get_or_mint("todos", key.kid(), now, || {
                    signatures.fetch_add(1, Ordering::Relaxed);
                    assertions.mint(key, &identity, "todos", now)
                })
                .expect("minted");
            });
        }
    });
    assert_eq!(signatures.load(Ordering::Relaxed), 1);
}
