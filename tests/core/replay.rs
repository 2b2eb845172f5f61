//! A whole judgement, replayed: what it depends on are arguments.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use better_auth_verifier::{
    AuthError, Authenticator, Cached, Carriers, Chain, Clock, Credential, Identity, RequestHead,
    SharedSecret, User,
    judgement::{Observer, Step, Subject},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};

/// Hears the steps, but for the time they took, and the end.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<Vec<String>>>);

impl Observer for Transcript {
    fn step(&self, step: &Step<'_>) {
        let line = match step {
            Step::Decided { strategy, verdict, .. } => format!("{strategy} decided: {}", verdict.is_ok()),
            step => step.to_string(),
        };
        self.0.lock().expect("no panic").push(line);
    }

    fn ended(&self, outcome: Result<Option<&Identity>, &AuthError>, subject: &Subject<'_>) {
        let caller = |identity: Option<&Identity>| identity.expect("no guest").user.id.clone();
        let outcome = outcome.map_or_else(ToString::to_string, caller);
        let line = format!("{} in {}: {outcome}", subject.strategy_name(), subject.carrier_name());
        self.0.lock().expect("no panic").push(line);
    }
}

fn shared() -> SharedSecret {
    SharedSecret::new("a secret of at least thirty-two bytes").expect("long enough")
}

async fn judged(token: &str, at: DateTime<Utc>) -> Vec<String> {
    let transcript = Transcript::default();
    let chain = Chain::default().push(shared());
    let authenticator = Authenticator::new(Carriers::default(), chain)
        .with_clock(Clock::Fixed(at))
        .with_observer(transcript.clone());
    let bearer = HeaderValue::try_from(format!("Bearer {token}")).expect("a header value");
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
    let head = RequestHead { method: &Method::GET, headers: &headers, client: None };
    let _ = authenticator.authenticate(head).await;
    let lines = transcript.0.lock().expect("no panic").clone();
    assert!(lines.iter().all(|line| !line.contains(token)), "{lines:?}");
    lines
}

#[tokio::test]
async fn a_judgement_is_the_same_whenever_it_is_replayed() {
    let token = shared().access_token(&User::new("ann"), Duration::from_mins(5));
    let now = Utc::now();
    let then = judged(&token, now).await;
    assert_eq!(then.first().map(String::as_str), Some("shared_secret claims it"));
    assert_eq!(then.last().map(String::as_str), Some("shared_secret in authorization: ann"));
    assert_eq!(judged(&token, now).await, then);

    let later = judged(&token, now + TimeDelta::hours(1)).await;
    assert_eq!(later.last().map(String::as_str), Some("shared_secret in authorization: refused: expired"));
    let validity = later.iter().find(|line| line.starts_with("validity: expired")).expect("the check");
    assert!(validity.contains(", found ") && validity.contains(", expected "), "{validity}");
}

#[tokio::test]
async fn a_replay_neither_reads_nor_changes_what_is_remembered() {
    let token = shared().access_token(&User::new("ann"), Duration::from_mins(5));
    let chain = Chain::default().push(Cached::new(shared(), Duration::from_mins(1), 100));
    let judged =
        async |clock| chain.judge(&Credential::bearer(&token).with_clock(clock)).await.verdict.is_ok();
    let later = Clock::Fixed(Utc::now() + TimeDelta::hours(1));
    for (clock, expected) in [(later, false), (Clock::System, true), (later, false), (Clock::System, true)] {
        assert_eq!(judged(clock).await, expected, "{clock:?}");
    }
}
