//! Who decides: the first strategy that claims a credential, and nobody after it.

use std::{collections::HashMap, time::Duration};

use better_auth_verifier::{
    Carrier, Chain, Credential, Form, Forms, Identity, Refusal, Strategy, User, Verdict,
};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use tokio::time;

use crate::parts::{
    PATIENCE, bearer, chain, jwt, outcome,
    scripted::Scripted,
    server::{Answer, Server},
    signer::{Signer, USER, jwks},
    told,
};

fn is_hang(credential: &Credential) -> bool {
    credential.token().starts_with("hang")
}

#[tokio::test]
async fn the_first_that_claims_decides_and_nobody_else_is_asked() {
    let first = Scripted::new("first", |credential| credential.token().ends_with("one"));
    let second = Scripted::new("second", |_| true);
    let chain = Chain::default().push(first.clone()).push(second.clone());
    for (token, expected, strategy, calls) in [
        ("ann-one", "verified ann", "first", (1, 0)),
        ("ann-two", "verified ann", "second", (1, 1)),
        ("refused-one", "refused: unknown-session", "first", (2, 1)),
        ("bad-one", "refused: bad-signature", "first", (3, 1)),
        ("outage-one", "undecidable", "first", (4, 1)),
        ("refused-two", "refused: unknown-session", "second", (4, 2)),
    ] {
        let judgement = chain.judge(&bearer(token)).await;
        assert_eq!(told(&judgement.verdict), expected, "{token}");
        assert_eq!(judgement.strategy, Some(strategy), "{token}");
        assert_eq!((first.calls(), second.calls()), calls, "{token}");
        assert!(
            judgement.verdict.is_ok_and(|identity| identity.strategy == strategy)
                || !token.starts_with("ann")
        );
    }
}

#[tokio::test]
async fn what_nobody_claims_is_refused() {
    let nobody = Scripted::new("nobody", |_| false);
    for chain in [Chain::default(), chain(nobody.clone())] {
        let judgement = chain.judge(&bearer("ann")).await;
        assert_eq!(judgement.strategy, None);
        assert_eq!(outcome(&chain, &bearer("ann")).await, "refused: unclaimed");
    }
    assert_eq!(nobody.calls(), 0);
}

#[tokio::test]
async fn a_strategy_that_hangs_does_not_delay_what_others_claim() {
    let (slow, quick) = (Scripted::new("slow", is_hang), Scripted::new("quick", |_| true));
    let chain = Chain::default().push(slow.clone()).push(quick);
    let stuck = chain.clone();
    let stuck = tokio::spawn(async move { outcome(&stuck, &bearer("hang")).await });
    for _ in 0..10 {
        let ann = bearer("ann");
        assert_eq!(time::timeout(PATIENCE, outcome(&chain, &ann)).await.expect("in time"), "verified ann");
    }
    assert_eq!(slow.calls(), 1);
    assert!(!stuck.is_finished());
}

#[tokio::test]
async fn c2_a_banned_user_is_refused_although_ones_own_strategy_vouched() {
    let chain = chain(Scripted::new("one's own", |_| true));
    assert_eq!(outcome(&chain, &bearer("ann")).await, "verified ann");
    assert_eq!(outcome(&chain, &bearer("ann-banned")).await, "refused: banned");
}

/// A strategy as a user of the library writes one.
struct Machines(HashMap<&'static str, &'static str>);

impl Strategy for Machines {
    fn name(&self) -> &'static str {
        "machines"
    }

    fn forms(&self) -> Forms {
        Forms::of(&[Form::ApiKey], &[Carrier::ApiKey])
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let machine = self.0.get(credential.token()).ok_or(Refusal::Other("unknown-machine"))?;
        Ok(Identity::new(User::new(*machine), Utc::now() + TimeDelta::minutes(5)))
    }
}

#[tokio::test]
async fn ones_own_strategy_stands_beside_jwt() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let machines = Machines(HashMap::from([("mk_1", "press-7")]));
    let chain = Chain::default().push(jwt(&server, Duration::ZERO)).push(machines);
    let key = |key: &str| Credential::api_key(key);
    assert_eq!(outcome(&chain, &key("mk_1")).await, "verified press-7");
    assert_eq!(outcome(&chain, &key("mk_2")).await, "refused: unknown-machine");
    assert_eq!(outcome(&chain, &key(&signer.token())).await, "refused: unknown-machine");
    assert_eq!(server.requests(), 0);
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, format!("verified {USER}"));
    assert_eq!(outcome(&chain, &bearer("mk_1")).await, "refused: unclaimed");
    let expired = signer.token_with(&json!({}), &json!({ "exp": 1 }));
    assert_eq!(outcome(&chain, &bearer(&expired)).await, "refused: expired");
    let names: Vec<_> = chain.probes().iter().map(better_auth_verifier::Probe::name).collect();
    assert_eq!(names, ["jwt", "machines"]);
}
