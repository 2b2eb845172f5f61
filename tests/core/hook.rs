//! The hook in the hands of an app, in Poem and without.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use better_auth_verifier::{
    Authenticator, Carriers, Chain, CutOff, Hook, HookError, Limiter, Problem, Problems, Revocations,
    problem::Kind,
};
use chrono::{TimeDelta, Utc};
use poem::{Endpoint, EndpointExt, Route, post, test::TestClient};
use serde_json::json;

use crate::parts::{
    api::{self, Told},
    event::{SECRET, body, headers, send},
};

const PATH: &str = "/hooks/better-auth";

fn hook(revocations: &Revocations) -> Hook {
    Hook::new(&SECRET.parse().expect("a secret"), revocations.clone())
}

fn client(hook: Hook) -> TestClient<impl Endpoint> {
    let authenticator = Authenticator::new(Carriers::default(), Chain::default());
    api::client(Route::new().at(PATH, post(hook)).with(Problems).data(authenticator))
}

fn sign_out() -> String {
    body("session.deleted", Utc::now(), &json!({ "sessionId": "s1", "userId": "ann" }))
}

#[tokio::test]
async fn in_poem_it_is_an_endpoint() {
    let revocations = Revocations::default();
    let client = client(hook(&revocations));
    let now = Utc::now().timestamp();
    revocations.admit("ann", now).expect("nothing has ended");
    let refused = send(&client, PATH, "1", &sign_out(), "another secret of at least 24 bytes").await;
    assert_eq!((refused.status, refused.kind().as_str()), (401, "invalid-credential"));
    revocations.admit("ann", now).expect("nobody is believed who does not know the secret");

    let accepted = send(&client, PATH, "1", &sign_out(), SECRET).await;
    assert_eq!((accepted.status, accepted.body.as_str()), (204, ""));
    revocations.admit("ann", now).expect_err("her tokens are over");
    revocations.admit("bob", now).expect("his are not");
    let again = send(&client, PATH, "1", &sign_out(), SECRET).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn in_poem_other_bodies_are_not_read() {
    let client = client(hook(&Revocations::default()));
    let large = "x".repeat(16 * 1024 + 1);
    let told = send(&client, PATH, "1", &large, SECRET).await;
    assert_eq!((told.status, told.kind().as_str()), (413, "payload-too-large"));
    let told = Told::read(client.post(PATH).content_type("text/plain").body("x").send().await.0).await;
    assert_eq!((told.status, told.kind().as_str()), (415, "unsupported-media-type"));
    let told = Told::read(client.post(PATH).content_type("application/json").body("{}").send().await.0).await;
    assert_eq!((told.status, told.kind().as_str()), (400, "bad-request"));
    assert!(
        told.problem()["detail"].as_str().is_some_and(|detail| detail.contains("webhook-id")),
        "{told:?}"
    );
}

#[tokio::test]
async fn without_poem_it_takes_headers_and_bytes() {
    let revocations = Revocations::default();
    let hook = hook(&revocations);
    let sign_out = sign_out();
    let event = hook.verify(&headers("1", &sign_out, SECRET), sign_out.as_bytes(), None).expect("an event");
    assert_eq!((event.session.as_deref(), event.user.as_str()), (Some("s1"), "ann"));
    hook.accept(event.clone()).await.expect("accepted");
    let status = |error: HookError| Problem::from(error).kind().status().as_u16();
    assert_eq!(hook.accept(event).await.map_err(status), Err(409));

    let future = body("user.updated", Utc::now() + TimeDelta::minutes(6), &json!({ "userId": "ann" }));
    let future = hook.verify(&headers("2", &future, SECRET), future.as_bytes(), None).expect("signed");
    assert_eq!(hook.accept(future).await.map_err(status), Err(400));

    let altered = hook.verify(&headers("3", &sign_out, SECRET), b"{}", None);
    assert_eq!(altered.map_err(status), Err(401));
    let malformed = hook.verify(&headers("4", "{}", SECRET), b"{}", None);
    assert_eq!(malformed.map_err(status), Err(400));
    for id in ["", &"x".repeat(257)] {
        let refused = hook.verify(&headers(id, &sign_out, SECRET), sign_out.as_bytes(), None);
        assert_eq!(refused.map_err(status), Err(400));
    }
}

#[tokio::test]
async fn an_event_is_accepted_once_it_is_kept() {
    let (revocations, is_away) = (Revocations::default(), Arc::new(AtomicBool::new(true)));
    let away = is_away.clone();
    let hook = hook(&revocations).kept_by(move |_: CutOff| {
        let is_away = away.load(Ordering::Relaxed);
        async move { if is_away { Err("the store is away") } else { Ok(()) } }
    });
    let sign_out = sign_out();
    let verify = || hook.verify(&headers("1", &sign_out, SECRET), sign_out.as_bytes(), None).expect("signed");
    let unkept = hook.accept(verify()).await.expect_err("not kept");
    assert_eq!(Problem::from(unkept).kind(), Kind::Unavailable);
    revocations.admit("ann", Utc::now().timestamp()).expect_err("it has taken effect all the same");
    is_away.store(false, Ordering::Relaxed);
    hook.accept(verify()).await.expect("the same event, sent again");
    hook.accept(verify()).await.expect_err("taken");
}

#[test]
fn refused_events_are_limited() {
    let limit = Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1));
    let hook = hook(&Revocations::default()).with_failure_limit(limit);
    let client = Some([192, 0, 2, 1].into());
    let forged = |client| {
        let refused = hook.verify(&headers("1", "{}", "another secret of at least 24 bytes"), b"{}", client);
        Problem::from(refused.expect_err("forged")).kind()
    };
    // The failure that is one too many is still answered as what it is.
    let kinds = [forged(client), forged(client), forged(client), forged(Some([192, 0, 2, 2].into()))];
    assert_eq!(
        kinds,
        [Kind::InvalidCredential, Kind::InvalidCredential, Kind::RateLimited, Kind::InvalidCredential]
    );
}
