//! A whole judgement, replayed: what it depends on are arguments.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use better_auth_verifier::{
    Authenticator, Cached, Carriers, Chain, Clock, Credential, Forms, Fresh, Identity, Protection,
    RequestHead, Session, SharedSecret, Strategy, Unlimited, User, Verdict,
    judgement::{Observer, Outcome, Step, Subject},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Extensions, HeaderMap, HeaderValue, Method, header};

/// Hears the steps, but for the time they took, and the end.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<Vec<String>>>);

impl Observer for Transcript {
    fn step(&self, step: &Step<'_>) {
        let line = match step {
            Step::Decided { strategy, verdict, .. } => format!("{strategy} decided: {}", verdict.is_ok()),
            Step::PolicyDecided { policy, decision, .. } => format!("{policy}: {decision:?}"),
            step => step.to_string(),
        };
        self.0.lock().expect("no panic").push(line);
    }

    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        let outcome = match outcome {
            Outcome::Passed(identity) => identity.user.id.clone(),
            Outcome::TurnedAway(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
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

/// Knows every token as a session of Ann's that began then.
struct Began(DateTime<Utc>);

impl Strategy for Began {
    fn name(&self) -> &'static str {
        "began"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        let mut session = Session::new("a session", self.0 + TimeDelta::days(7));
        session.created_at = Some(self.0);
        Ok(Identity::of_session(User::new("ann"), session))
    }
}

/// A policy that goes by the time hears that of the judgement.
#[tokio::test]
async fn a3_whether_a_session_is_fresh_can_be_replayed() {
    let began = DateTime::from_timestamp(1_767_225_600, 0).expect("a date");
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer token"))]);
    let head = RequestHead { method: &Method::GET, headers: &headers, client: None };
    for (age, is_fresh) in [(TimeDelta::minutes(59), true), (TimeDelta::minutes(60), false)] {
        let transcript = Transcript::default();
        let authenticator = Authenticator::new(Carriers::default(), Chain::default().push(Began(began)))
            .with_policy(Fresh::within(Duration::from_hours(1)))
            .with_clock(Clock::Fixed(began + age))
            .with_observer(transcript.clone());
        let extensions = Extensions::new();
        let mut runs = Vec::new();
        for _ in 0..2 {
            let protection = Protection::new(&authenticator, head, &extensions);
            let passed = protection.authorize::<Fresh, Unlimited>().await;
            assert_eq!(passed.is_ok(), is_fresh, "{age}");
            runs.push(std::mem::take(&mut *transcript.0.lock().expect("no panic")));
        }
        assert_eq!(runs[0], runs[1], "{age}");
        assert!(runs[0].iter().any(|line| line.starts_with("fresh:3600s")), "{:?}", runs[0]);
    }
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
