//! What ends after a credential was found to be proven and before it is decided: only then is a client judged who has failed too
//! often.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use better_auth_verifier::{
    AuthError, Authenticator, Cached, Carriers, Chain, Credential, CutOff, Forms, Identity, Limiter, Refusal,
    RequestHead, Revocations, Standing, Strategy, Unverified, Verdict,
};
use chrono::{TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::json;

use crate::{
    key_refresh::{LONG, SHORT, jwt, refreshed, source},
    parts::{
        cookie_cache::{
            CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, content, in_each_form, published, signed, soon,
            strategy,
        },
        server::{Answer, Server},
        signer::{Signer, USER, jwks},
    },
};

/// The last of a chain, which is asked last how a credential stands. Something ends then.
struct Ends(Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl Strategy for Ends {
    fn name(&self) -> &'static str {
        "ends"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn standing(&self, _: &Credential) -> Standing {
        (self.0)().await;
        Standing::Unknown
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        Err(Refusal::UnknownSession.into())
    }
}

fn cuts_off(user: &'static str, revocations: Revocations) -> impl Strategy {
    Ends(Box::new(move || {
        revocations.cut_off(&CutOff::new(user, Utc::now() + TimeDelta::hours(1)));
        Box::pin(async {})
    }))
}

/// Withdraws all keys but this one.
fn withdraws(server: &Arc<Server>, stays: &Signer) -> impl Strategy {
    let (server, left) = (server.clone(), Answer::json(&jwks([stays])));
    Ends(Box::new(move || {
        let (server, left) = (server.clone(), left.clone());
        Box::pin(async move {
            server.answers(left);
            refreshed(&server).await;
        })
    }))
}

async fn ask(
    authenticator: &Authenticator,
    client: u8,
    name: &HeaderName,
    value: &str,
) -> Result<Identity, AuthError> {
    let value = HeaderValue::try_from(value).expect("a header value");
    let headers = HeaderMap::from_iter([(name.clone(), value)]);
    let client = Some(IpAddr::from([192, 0, 2, client]));
    let head = RequestHead { method: &Method::GET, headers: &headers, client };
    authenticator.authenticate(head).await.map(|caller| caller.expect("something was presented"))
}

/// Why what is genuine is refused: first to a client who has failed too often, then to others, for whom nothing of it is remembered.
async fn refusals(chain: Chain, name: HeaderName, genuine: &str, forged: &str) -> [Refusal; 3] {
    let limit = Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1));
    let carriers = Carriers::new([SESSION_COOKIE]).with_companions([CACHE_COOKIE]);
    let authenticator = Authenticator::new(carriers, chain).with_failure_limit(limit);
    for _ in 0..2 {
        ask(&authenticator, 0, &name, forged).await.expect_err("refused");
    }
    let mut refusals = [Refusal::Unclaimed; 3];
    for (client, refusal) in (0..).zip(&mut refusals) {
        *refusal = match ask(&authenticator, client, &name, genuine).await {
            Err(AuthError::Unverified(Unverified::Refused(refusal))) => refusal,
            other => panic!("client {client} is not refused: {other:?}"),
        };
    }
    refusals
}

fn remembered(strategy: impl Strategy) -> Chain {
    Chain::default().push(Cached::new(strategy, LONG, 100))
}

fn cookies(cache: &str) -> String {
    format!("{SESSION_COOKIE}={}; {CACHE_COOKIE}={cache}", signed(SECRET, TOKEN))
}

#[tokio::test]
async fn s12_a_user_who_is_cut_off_meanwhile_is_refused_with_their_cookie_cache() {
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        let revocations = Revocations::default();
        let chain = remembered(strategy().with_revocations(revocations.clone()));
        let chain = chain.push(cuts_off("ann", revocations));
        let forged = format!("{SESSION_COOKIE}=forged");
        let refusals = refusals(chain, header::COOKIE, &cookies(&cache), &forged).await;
        assert_eq!(refusals, [Refusal::UnknownSession; 3], "{form}");
    }
}

#[tokio::test]
async fn s12_a_user_who_is_cut_off_meanwhile_is_refused_with_their_jwt() {
    let signer = Signer::ed25519("key");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let revocations = Revocations::default();
    let keys = source(&server);
    jwt(keys.clone()).probe().await.expect("the keys are here");
    let chain = remembered(jwt(keys).with_revocations(revocations.clone()));
    let chain = chain.push(cuts_off(USER, revocations));
    let genuine = format!("Bearer {}", signer.token());
    let refusals = refusals(chain, header::AUTHORIZATION, &genuine, "Bearer forged.forged.forged").await;
    assert_eq!(refusals, [Refusal::Revoked; 3]);
}

#[tokio::test]
async fn s11_a_key_that_is_withdrawn_meanwhile_proves_nothing() {
    for named in [true, false] {
        let (gone, stays) = (Signer::ed25519("gone"), Signer::es256("stays"));
        let server = Arc::new(Server::start(Answer::json(&jwks([&gone, &stays]))).await);
        let keys = source(&server).with_refresh(SHORT).with_cooldown(Duration::ZERO);
        jwt(keys.clone()).probe().await.expect("the keys are here");
        let header = if named { json!({}) } else { json!({ "kid": null }) };
        let genuine = format!("Bearer {}", gone.token_with(&header, &json!({})));
        let chain = remembered(jwt(keys)).push(withdraws(&server, &stays));
        let refusals = refusals(chain, header::AUTHORIZATION, &genuine, "Bearer forged.forged.forged").await;
        assert_eq!(refusals, [Refusal::UnknownKey; 3], "{named}");
    }
}

#[tokio::test]
async fn s11_a_key_that_is_withdrawn_meanwhile_proves_no_cookie_cache() {
    let (gone, stays) = (Signer::ed25519("gone"), Signer::es256("stays"));
    let server = Arc::new(Server::start(Answer::json(&jwks([&gone, &stays]))).await);
    let keys = source(&server).with_refresh(SHORT).with_cooldown(Duration::ZERO);
    jwt(keys.clone()).probe().await.expect("the keys are here");
    let chain = remembered(strategy().with_keys(keys)).push(withdraws(&server, &stays));
    let forged = format!("{SESSION_COOKIE}=forged");
    let refusals = refusals(chain, header::COOKIE, &cookies(&published(&gone)), &forged).await;
    assert_eq!(refusals, [Refusal::UnknownSession; 3]);
}
