//! Policies are values: they decide in three ways, and none that is missing lets anybody pass.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{
    AnyPolicy, AuthProblem, Authenticated, Authenticator, Decision, Denial, Fresh, Identity, InRole, NoStore,
    NotImpersonated, Policy, Problems, Protect, Session, Unpermitted, User, VerifiedEmail,
};
use chrono::{DateTime, TimeDelta, Utc};
use poem::{Endpoint, EndpointExt, Route, test::TestClient};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
use tracing::Level;

use crate::parts::{
    api::{self, Told, ask, authenticator},
    log::Log,
    scripted::identity,
};

/// Decides by a word that its owner has chosen.
struct Door {
    name: String,
    word: &'static str,
}

impl Door {
    fn new(word: &'static str) -> Self {
        Self { name: format!("door-{word}"), word }
    }
}

impl Policy for Door {
    fn name(&self) -> &str {
        &self.name
    }

    async fn decide(&self, _: &Identity, _: DateTime<Utc>) -> Decision {
        tokio::task::yield_now().await;
        match self.word {
            "open" => Ok(()),
            "closed" => Err(Denial::new("the door is closed").into()),
            "scope" => Err(Denial::missing_scope("door.open").into()),
            "permission" => Err(Denial::missing_permission("door.open").into()),
            _ => Err(Unpermitted::undecidable("the bell is broken")),
        }
    }
}

struct Api;

#[OpenApi]
impl Api {
    #[oai(path = "/door", method = "get")]
    async fn door(&self, auth: Authenticated<Door>) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(auth.identity.user.id.clone()))
    }
}

fn client(authenticator: Authenticator) -> TestClient<impl Endpoint> {
    let routes = Route::new().nest("/", OpenApiService::new(Api, "Test", "1"));
    api::client(routes.with(Problems).with(NoStore).data(authenticator))
}

async fn knock(authenticator: Authenticator, token: &str) -> Told {
    ask(&client(authenticator), "GET /door", &[("authorization", &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn a1_a_value_decides_in_three_ways_and_the_log_says_why() {
    for (word, status, kind, level, cause) in [
        ("open", 200, "", Level::DEBUG, "verified"),
        ("closed", 403, "forbidden", Level::INFO, "denied by policy door-closed: the door is closed"),
        (
            "scope",
            403,
            "forbidden",
            Level::INFO,
            "denied by policy door-scope: a scope is missing: door.open",
        ),
        (
            "permission",
            403,
            "forbidden",
            Level::INFO,
            "denied by policy door-permission: a permission is missing: door.open",
        ),
        ("broken", 503, "unavailable", Level::WARN, "undecidable by policy door-broken: the bell is broken"),
    ] {
        let (log, _guard) = Log::collect();
        let told = knock(authenticator().0.with_policy(Door::new(word)), "ann").await;
        assert_eq!(told.status, status, "{word}: {told:?}");
        assert!(status == 200 || told.kind() == kind, "{word}: {told:?}");
        assert!(!told.body.contains("bell") && !told.body.contains("closed"), "h3: no internals: {told:?}");
        let lines = log.judgements();
        assert!(
            lines.iter().any(|line| line.level == level && line.text.contains(cause)),
            "{word}: {lines:?}"
        );
        let challenge =
            if word == "scope" { r#"Bearer error="insufficient_scope", scope="door.open""# } else { "" };
        assert_eq!(told.header("www-authenticate"), challenge, "{word}");
        assert_eq!(!told.header("retry-after").is_empty(), status == 503, "{word}");
    }
}

#[tokio::test]
async fn a1_a_policy_without_a_value_is_a_fault_of_ours_and_never_a_pass() {
    let (log, _guard) = Log::collect();
    let told = knock(authenticator().0, "ann").await;
    assert_eq!((told.status, told.kind().as_str()), (500, "internal"));
    assert!(told.body.contains("with_policy"), "{told:?}");
    let lines = log.judgements();
    let says = |text: &str| lines.iter().any(|line| line.level == Level::ERROR && line.text.contains(text));
    assert!(says("Door") && says("with_policy"), "{lines:?}");
    for (token, status) in [("refused", 401), ("outage", 503)] {
        assert_eq!(knock(authenticator().0, token).await.status, status, "{token}");
    }
}

#[tokio::test]
async fn a_whole_tree_goes_by_a_value_too() {
    for (word, status) in [("open", 200), ("closed", 403), ("broken", 503)] {
        let authenticator = authenticator().0.with_policy(Door::new(word));
        let tree = api::routes().with(Protect::<Door>::new()).with(Problems).data(authenticator);
        let told = ask(&api::client(tree), "GET /open", &[("authorization", "Bearer ann")]).await;
        assert_eq!(told.status, status, "{word}");
    }
}

#[tokio::test]
async fn the_last_value_counts() {
    let twice = authenticator().0.with_policy(Door::new("open")).with_policy(Door::new("closed"));
    assert_eq!(knock(twice, "ann").await.status, 403);
}

#[tokio::test]
async fn any_policy_decides_as_the_one_inside() {
    let policies =
        [AnyPolicy::new(VerifiedEmail), AnyPolicy::new(Door::new("open")), AnyPolicy::new(Door::new("x"))];
    let expected = [("verified_email", false), ("door-open", true), ("door-x", false)];
    for (policy, (name, permits)) in policies.iter().zip(expected) {
        assert_eq!(policy.name(), name);
        assert_eq!(policy.clone().decide(&identity("ann"), Utc::now()).await.is_ok(), permits, "{name}");
    }
}

fn with_session(created_at: Option<DateTime<Utc>>) -> Identity {
    let mut session = Session::new("a session", Utc::now() + TimeDelta::hours(1));
    session.created_at = created_at;
    Identity::of_session(User::new("ann"), session)
}

#[track_caller]
fn expect_denied(decision: Decision, reason: &str) {
    let Err(Unpermitted::Denied(denial)) = decision else { panic!("{decision:?}") };
    assert!(denial.reason().contains(reason), "{denial}");
}

/// Like Better Auth's `freshAge`: stale from the very millisecond on.
#[tokio::test]
async fn a3_a_session_is_fresh_for_its_age_and_no_longer() {
    let began = DateTime::UNIX_EPOCH;
    let hour = Duration::from_hours(1);
    let fresh = Fresh::within(hour);
    let identity = with_session(Some(began));
    let after = |elapsed: TimeDelta| fresh.decide(&identity, began + elapsed);
    for young in [TimeDelta::zero(), TimeDelta::hours(1) - TimeDelta::milliseconds(1), -TimeDelta::minutes(1)]
    {
        assert!(after(young).await.is_ok(), "{young}");
    }
    expect_denied(after(TimeDelta::hours(1)).await, "began 3600 s ago");
    expect_denied(after(-TimeDelta::hours(1)).await, "in the future");
    expect_denied(fresh.decide(&with_session(None), began).await, "does not say when");
    let without_session = Identity::new(User::new("ann"), Utc::now());
    expect_denied(fresh.decide(&without_session, began).await, "does not say when");
}

#[tokio::test]
async fn a3_only_a_session_shows_that_nobody_is_impersonated() {
    let mut identity = with_session(None);
    assert!(NotImpersonated.decide(&identity, Utc::now()).await.is_ok());
    Arc::make_mut(identity.session.as_mut().expect("a session")).impersonated_by = Some("an admin".into());
    expect_denied(NotImpersonated.decide(&identity, Utc::now()).await, "an admin acts");
    let without_session = Identity::new(User::new("ann"), Utc::now());
    expect_denied(NotImpersonated.decide(&without_session, Utc::now()).await, "has no session");
}

#[tokio::test]
async fn a_role_may_be_named_at_run_time() {
    let mut identity = with_session(None);
    Arc::make_mut(&mut identity.user).role = Some("user, editor".into());
    assert_eq!(InRole::new("editor").name(), "role:editor");
    assert!(InRole::new("editor").decide(&identity, Utc::now()).await.is_ok());
    expect_denied(InRole::new("edit").decide(&identity, Utc::now()).await, "does not have this role");
}
