//! A strategy that does as it is told and counts how often it is asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use better_auth_verifier::{
    Ban, Credential, Forms, Identity, NotMine, Refusal, Strategy, Unverified, User, Verdict,
};
use chrono::{TimeDelta, Utc};
use tokio::task::yield_now;

/// Claims what `claims` says, by the token alone. The word at the token's beginning decides the verdict.
#[derive(Clone)]
pub struct Scripted {
    name: &'static str,
    claims: fn(&Credential) -> bool,
    calls: Arc<AtomicUsize>,
}

impl Scripted {
    pub fn new(name: &'static str, claims: fn(&Credential) -> bool) -> Self {
        Self { name, claims, calls: Arc::default() }
    }

    /// How often it was asked to verify; clones count together.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Strategy for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        (self.claims)(credential).then_some(()).ok_or(NotMine::Other("not in the script"))
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.calls.fetch_add(1, Ordering::SeqCst);
        // Somebody else's turn, so that concurrent callers meet here.
        for _ in 0..100 {
            yield_now().await;
        }
        match credential.token().split('-').next().unwrap_or_default() {
            "hang" => std::future::pending().await,
            "refused" => Err(Refusal::UnknownSession.into()),
            "expired" => Err(Refusal::Expired.into()),
            "bad" => Err(Refusal::BadSignature.into()),
            "outage" => Err(Unverified::undecidable("the line is dead")),
            _ => Ok(identity(credential.token())),
        }
    }
}

/// `ann`, or with more after a dash: `ann-verified-admin-banned-soon`.
pub fn identity(script: &str) -> Identity {
    let words: Vec<&str> = script.split('-').collect();
    let says = |word: &str| words.contains(&word);
    let lives = if says("soon") { TimeDelta::milliseconds(300) } else { TimeDelta::hours(1) };
    let mut user = User::new(words[0]);
    user.email_verified = says("verified");
    user.role = says("admin").then(|| "editor,admin".into());
    user.ban = says("banned").then_some(Ban { expires_at: None });
    Identity::new(user, Utc::now() + lives)
}
