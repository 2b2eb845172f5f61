use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;

use super::*;
use crate::{
    credential::Form,
    identity::User,
    strategy::{Cached, Guarded, Strategy},
};

/// Knows every session token, and counts how often it is asked. It may be away.
#[derive(Clone, Default)]
struct Store {
    asked: Arc<AtomicUsize>,
    is_away: Arc<AtomicBool>,
}

impl Store {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Strategy for Store {
    fn name(&self) -> &'static str {
        "store"
    }

    fn forms(&self) -> Forms {
        Forms::of(&[Form::RawToken], &[Carrier::Authorization])
    }

    async fn verify(&self, credential: &Credential) -> crate::judgement::Verdict {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_away.load(Ordering::Relaxed) {
            return Err(Unverified::unavailable("away"));
        }
        Ok(Identity::new(User::new("ann"), credential.now() + TimeDelta::hours(1)))
    }
}

fn explainer(store: &Store) -> (Explainer, Chain) {
    let config = Config::from_toml("todos.enabled = false").expect("a configuration");
    let guarded = Guarded::new(store.clone(), Duration::from_secs(3));
    let chain = Chain::default().push(Cached::new(guarded, Duration::from_hours(1), 100));
    (Explainer::new(config, chain.clone(), Clock::System), chain)
}

#[tokio::test]
async fn a_cache_neither_answers_nor_remembers() {
    let store = Store::default();
    let (explainer, chain) = explainer(&store);
    let credential = Credential::bearer("token");
    for asked in [1, 2] {
        let explanation = explainer.explain_request(Pasted::read("token").expect("understood")).await;
        assert_eq!((explanation.verdict.outcome, store.asked()), ("verified", asked));
    }
    for _ in 0..2 {
        chain.judge(&credential).await.verdict.expect("verified");
        assert_eq!(store.asked(), 3, "the first request of all is looked up, and remembered");
    }
    explainer.explain_request(Pasted::read("token").expect("understood")).await;
    assert_eq!(store.asked(), 4, "what requests remember does not answer it");
}

#[tokio::test]
async fn an_outage_that_it_meets_opens_no_breaker() {
    let store = Store::default();
    let (explainer, chain) = explainer(&store);
    store.is_away.store(true, Ordering::Relaxed);
    for asked in 1..=20 {
        let explanation = explainer.explain_request(Pasted::read("token").expect("understood")).await;
        assert_eq!((explanation.verdict.outcome, explanation.verdict.status), ("undecidable", 503));
        assert_eq!(store.asked(), asked);
    }
    store.is_away.store(false, Ordering::Relaxed);
    chain.judge(&Credential::bearer("token")).await.verdict.expect("nothing stands in the way of a request");
}
