//! Each request ends once, and observers hear it: callers, guests, and whoever is turned away.

use std::time::Duration;

use better_auth_verifier::{
    AnyPolicy, Authenticator, Decision, Denial, Identity, Policy, Protection, Rate, RequestHead, RouteLimit,
    Unlimited, Unpermitted, VerifiedEmail,
    judgement::{Observer, Outcome, Step, Subject},
};
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, poll};
use http::{Extensions, HeaderMap, HeaderValue, Method, header};

use crate::parts::{api::authenticator, heard::Heard, scripted::identity};

struct Rarely;

impl RouteLimit for Rarely {
    const RATE: Option<Rate> = Some(Rate::new("rarely", 1, Duration::from_hours(1)));
}

/// Says always the same.
struct Says(&'static str, fn() -> Decision);

impl Policy for Says {
    fn name(&self) -> &str {
        self.0
    }

    async fn decide(&self, _: &Identity, _: DateTime<Utc>) -> Decision {
        (self.1)()
    }
}

fn open() -> AnyPolicy {
    AnyPolicy::new(Says("open", || Ok(())))
}

fn closed() -> AnyPolicy {
    AnyPolicy::new(Says("closed", || Err(Denial::new("it is closed").into())))
}

fn broken() -> AnyPolicy {
    AnyPolicy::new(Says("broken", || Err(Unpermitted::undecidable("the bell is broken"))))
}

fn observed() -> (Authenticator, Heard) {
    let heard = Heard::default();
    (authenticator().0.with_observer(heard.clone()), heard)
}

/// A request with this bearer, none where it is empty.
struct Presented {
    headers: HeaderMap,
    extensions: Extensions,
}

impl Presented {
    fn new(token: &str) -> Self {
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).expect("a header value");
        let headers = [(header::AUTHORIZATION, bearer)].into_iter().filter(|_| !token.is_empty());
        Self { headers: headers.collect(), extensions: Extensions::new() }
    }

    fn to<'a>(&'a self, authenticator: &'a Authenticator) -> Protection<'a> {
        let head = RequestHead { method: &Method::GET, headers: &self.headers, client: None };
        Protection::new(authenticator, head, &self.extensions)
    }
}

/// The ends among what was heard.
fn ends(heard: &Heard) -> Vec<String> {
    heard.take().into_iter().filter(|step| step.starts_with("ended")).collect()
}

#[tokio::test]
async fn a_request_ends_once_however_it_ends() {
    let (authenticator, heard) = observed();
    for (token, end) in [
        ("ann-verified", "ended in authorization: ann"),
        (
            "ann",
            "ended in authorization: turned away: denied by policy verified_email: the e-mail address is not verified",
        ),
        ("refused", "ended in authorization: turned away: refused: unknown-session"),
        ("outage", "ended in authorization: turned away: undecidable: the line is dead"),
        (
            "ann bob",
            "ended in authorization: turned away: malformed request: the credential header does not hold exactly one token",
        ),
        ("", "ended in none: turned away: no credential was presented"),
    ] {
        let presented = Presented::new(token);
        let _ = presented.to(&authenticator).authorize::<VerifiedEmail, Unlimited>().await;
        assert_eq!(ends(&heard), [end], "{token}");
    }
}

#[tokio::test]
async fn a_limit_ends_it_as_well() {
    let (authenticator, heard) = observed();
    for end in ["ended in authorization: bob", "ended in authorization: turned away: over the limit `rarely`"]
    {
        let presented = Presented::new("bob-verified");
        let _ = presented.to(&authenticator).authorize::<VerifiedEmail, Rarely>().await;
        assert_eq!(ends(&heard), [end]);
    }
}

/// Never decides.
struct Hangs;

impl Policy for Hangs {
    fn name(&self) -> &'static str {
        "hangs"
    }

    async fn decide(&self, _: &Identity, _: DateTime<Utc>) -> Decision {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_before_it_is_decided_ends_as_abandoned() {
    // By a strategy that hangs, and by a policy.
    for token in ["hang", "ann"] {
        let (authenticator, heard) = observed();
        let presented = Presented::new(token);
        let protection = presented.to(&authenticator);
        let hangs = [AnyPolicy::new(Hangs)];
        let mut passing = Box::pin(protection.authorize_by(&hangs, None));
        for _ in 0..1000 {
            assert!(poll!(passing.as_mut()).is_pending(), "{token}: nobody decides it");
            tokio::task::yield_now().await;
        }
        assert!(ends(&heard).is_empty(), "{token}: it has not ended yet");
        drop(passing);
        assert_eq!(ends(&heard), ["ended in authorization: abandoned"], "{token}");
    }
}

#[tokio::test]
async fn a_caller_whom_an_outer_layer_let_pass_is_not_abandoned_as_well() {
    let (authenticator, heard) = observed();
    let mut presented = Presented::new("ann");
    presented.extensions.insert(identity("ann"));
    let protection = presented.to(&authenticator);
    let hangs = [AnyPolicy::new(Hangs)];
    assert!(protection.authorize_by(&hangs, None).now_or_never().is_none());
    assert!(ends(&heard).is_empty());
}

#[tokio::test]
async fn a_guest_is_heard() {
    let (authenticator, heard) = observed();
    let presented = Presented::new("");
    let protection = presented.to(&authenticator);
    assert!(protection.authenticate().await.is_ok_and(|caller| caller.is_none()));
    assert_eq!(heard.take(), ["ended in none: a guest"]);
    let by_hand = RequestHead { method: &Method::GET, headers: &presented.headers, client: None };
    assert!(authenticator.authenticate(by_hand).await.is_ok_and(|caller| caller.is_none()));
    assert_eq!(heard.take(), ["ended in none: a guest"]);
}

#[tokio::test]
async fn policies_that_are_known_at_run_time_have_to_permit_all_of_them() {
    for (policies, steps, end) in [
        (vec![], vec![], "ann"),
        (vec![open(), open()], vec!["policy open: permitted"; 2], "ann"),
        (
            vec![open(), closed(), broken()],
            vec!["policy open: permitted", "policy closed: denied: it is closed"],
            "turned away: denied by policy closed: it is closed",
        ),
        (
            vec![broken(), closed()],
            vec!["policy broken: undecidable: the bell is broken"],
            "turned away: undecidable by policy broken: the bell is broken",
        ),
    ] {
        let (authenticator, heard) = observed();
        let presented = Presented::new("ann");
        let passed = presented.to(&authenticator).authorize_by(&policies, None).await;
        assert_eq!(passed.is_ok(), end == "ann", "{end}");
        let heard = heard.take();
        let of_policies: Vec<_> = heard.iter().filter(|step| step.starts_with("policy")).collect();
        assert_eq!(of_policies, steps);
        assert_eq!(heard.last(), Some(&format!("ended in authorization: {end}")));
    }
}

#[tokio::test]
async fn a_limit_counts_with_policies_of_run_time_too() {
    let (authenticator, heard) = observed();
    for (rate, end) in [
        (None, "ann"),
        (None, "ann"),
        (Rarely::RATE, "ann"),
        (Rarely::RATE, "turned away: over the limit `rarely`"),
    ] {
        let presented = Presented::new("ann");
        let _ = presented.to(&authenticator).authorize_by(&[open()], rate).await;
        assert_eq!(ends(&heard), [format!("ended in authorization: {end}")]);
    }
}

#[tokio::test]
async fn a_guest_passes_where_it_is_optional_and_nobody_who_is_refused() {
    let (authenticator, heard) = observed();
    for (token, policy, end) in [
        ("", closed(), "ended in none: a guest"),
        ("ann", open(), "ended in authorization: ann"),
        ("ann", closed(), "ended in authorization: turned away: denied by policy closed: it is closed"),
        ("refused", open(), "ended in authorization: turned away: refused: unknown-session"),
        ("outage", open(), "ended in authorization: turned away: undecidable: the line is dead"),
    ] {
        let presented = Presented::new(token);
        let passed = presented.to(&authenticator).authorize_optional(&[policy], None).await;
        assert_eq!(passed.is_ok(), !end.contains("turned away"), "{end}");
        assert_eq!(passed.is_ok_and(|caller| caller.is_none()), token.is_empty(), "{end}");
        assert_eq!(ends(&heard), [end]);
    }
    let presented = Presented::new("");
    assert!(presented.to(&authenticator).authorize_by(&[open()], None).await.is_err());
    assert_eq!(ends(&heard), ["ended in none: turned away: no credential was presented"]);
}

#[tokio::test]
async fn a_caller_whom_an_outer_layer_let_pass_ends_again_only_when_turned_away() {
    let (authenticator, heard) = observed();
    let mut presented = Presented::new("refused");
    presented.extensions.insert(identity("ann"));
    let protection = presented.to(&authenticator);
    assert!(protection.authorize_by(&[open()], None).await.is_ok());
    assert_eq!(heard.take(), ["policy open: permitted"]);
    assert!(protection.authorize_by(&[closed()], None).await.is_err());
    assert_eq!(ends(&heard), ["ended in none: turned away: denied by policy closed: it is closed"]);
}

/// Panics at whatever it hears.
struct Panics;

impl Observer for Panics {
    fn step(&self, _: &Step<'_>) {
        panic!("at a step");
    }

    fn ended(&self, _: Outcome<'_>, _: &Subject<'_>) {
        panic!("at the end");
    }
}

#[tokio::test]
async fn an_observer_that_panics_ends_its_request_and_not_the_process() {
    let authenticator = authenticator().0.with_observer(Panics);
    let request = tokio::spawn(async move {
        let presented = Presented::new("ann-verified");
        presented.to(&authenticator).authorize_by(&[], None).await.is_ok()
    });
    assert!(request.await.expect_err("it panicked").is_panic());
}
