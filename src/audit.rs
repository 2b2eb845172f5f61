//! The log of accepted and refused callers.

mod mistakes;
mod sustained;

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;

use self::{mistakes::Mistakes, sustained::Sustained};

use crate::{
    client::limit_key,
    credential::Credential,
    error::{AuthError, Refusal, UNDECIDABLE},
    identity::Identity,
    judgement::{Observer, Outcome, Subject},
    spawner::Spawner,
};

/// The target of every line, whichever file it is written in: operators filter by it.
const TARGET: &str = "better_auth_verifier::audit";
/// Lines for one client and one cause in a window; the rest become one line with their number.
const LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(1);
/// Clients counted separately in one window; further clients share one count per cause.
const MAX_CLIENTS: usize = 10_000;

/// Writes one line per judgement, within bounds that a reader and a disk can bear. Never writes a token.
#[derive(Clone, Default)]
pub struct Audit {
    counts: Arc<Mutex<HashMap<Key, u32>>>,
    sustained: Arc<Mutex<Sustained>>,
    mistakes: Arc<Mistakes>,
    spawner: Spawner,
}

/// Closes the window when it is dropped: because its time is over, or because its task was cancelled. A window that stayed open
/// would suppress lines for ever.
struct Window(Audit);

impl Drop for Window {
    fn drop(&mut self) {
        self.0.close_window();
    }
}

/// Lines with the same key are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    cause: &'static str,
    strategy: &'static str,
    client: Option<IpAddr>,
}

/// The length of Better Auth's session tokens.
const TOKEN_LENGTH: usize = 32;

/// Undecidable is our own fault and a warning; all else is routine. (The level of a tracing macro is fixed at compile time.)
macro_rules! line {
    ($cause:expr, { $($fields:tt)* }, $message:literal) => {
        if $cause == UNDECIDABLE {
            tracing::warn!(target: TARGET, { auth.cause = $cause, $($fields)* }, $message);
        } else {
            tracing::info!(target: TARGET, { auth.cause = $cause, $($fields)* }, $message);
        }
    };
}

/// A hint for the operator who reads this refusal in the log.
fn hint(error: &AuthError, subject: &Subject<'_>, cause: &str) -> Option<&'static str> {
    if let AuthError::Limited(limited) = error {
        return limit_key_of(limited.limit);
    }
    let credential = subject.credential.filter(|_| cause == Refusal::Unclaimed.as_str())?;
    let token = credential.session_token().filter(|token| token.signature().is_none())?;
    (token.token().len() == TOKEN_LENGTH).then_some(
        "it looks like an unsigned session token; these are read only with better_auth.raw_tokens = true",
    )
}

/// The configuration key of a limit, as a hint.
fn limit_key_of(limit: &str) -> Option<&'static str> {
    match limit {
        "client" => Some("too many requests from this address; the limit is rate_limit.client"),
        "failed" => {
            Some("too many credentials from this address were refused; the limit is rate_limit.failed")
        }
        "user" => Some("too many requests from this user; the limit is rate_limit.user"),
        _ => None,
    }
}

/// See [`Credential::fingerprint`].
fn fingerprint(subject: &Subject<'_>) -> String {
    subject.credential.map(Credential::fingerprint).unwrap_or_default()
}

impl Observer for Audit {
    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        match outcome {
            Outcome::Passed(identity) => {
                self.mistakes.verified(identity);
                verified(identity, subject);
            }
            // A guest needs no line.
            Outcome::Guest => {}
            Outcome::TurnedAway(error) => self.failed(error, *subject),
            Outcome::Abandoned => abandoned(subject),
        }
    }
}

fn verified(identity: &Identity, subject: &Subject<'_>) {
    tracing::debug!(
        target: TARGET,
        {
            auth.strategy = identity.strategy,
            auth.carrier = subject.carrier_name(),
            client = subject.client.map(tracing::field::display),
            user.id = identity.user.id
        },
        "verified"
    );
}

fn abandoned(subject: &Subject<'_>) {
    tracing::debug!(
        target: TARGET,
        {
            auth.strategy = subject.strategy_name(),
            auth.carrier = subject.carrier_name(),
            client = subject.client.map(tracing::field::display)
        },
        "the request was abandoned before it was decided"
    );
}

impl Audit {
    /// Closes its windows in tasks of this spawner.
    pub fn new(spawner: Spawner) -> Self {
        Self { spawner, ..Self::default() }
    }

    pub fn failed(&self, error: &AuthError, subject: Subject<'_>) {
        let client = subject.client.map(tracing::field::display);
        let Some(cause) = cause(error) else {
            tracing::debug!(target: TARGET, { client }, "{error}");
            return;
        };
        self.mistakes.refused(error, &subject);
        if !self.admits(Key {
            cause,
            strategy: subject.strategy_name(),
            client: subject.client.map(limit_key),
        }) {
            return;
        }
        let (strategy, carrier, cookie) = (subject.strategy_name(), subject.carrier_name(), subject.cookie);
        let (fingerprint, hint) = (fingerprint(&subject), hint(error, &subject, cause));
        line!(
            cause,
            { auth.strategy = strategy, auth.carrier = carrier, auth.cookie = cookie, client, fingerprint, hint },
            "{error}"
        );
    }

    /// Counts one event. Returns whether it gets a line of its own.
    fn admits(&self, key: Key) -> bool {
        let (begins, admits) = self.count(key);
        if begins {
            let window = Window(self.clone());
            self.spawner.spawn(async move {
                let _window = window;
                tokio::time::sleep(WINDOW).await;
            });
        }
        admits
    }

    /// Counts one event. Returns whether it opens a window, and whether it gets a line of its own.
    fn count(&self, key: Key) -> (bool, bool) {
        let mut counts = self.counts.lock();
        let begins = counts.is_empty();
        let is_full = counts.len() >= MAX_CLIENTS && !counts.contains_key(&key);
        let key = Key { client: key.client.filter(|_| !is_full), ..key };
        let count = counts.entry(key).or_default();
        *count += 1;
        (begins, *count <= LINES)
    }

    /// For a request without a credential: a cookie that looks like Better Auth's session cookie has the wrong name.
    pub fn found_nothing(&self, unread: &[String], read: &[String]) {
        self.mistakes.unread_cookies(unread, read);
    }

    fn close_window(&self) {
        let counts = std::mem::take(&mut *self.counts.lock());
        let suppressed = counts.iter().filter(|(key, _)| key.cause != UNDECIDABLE);
        let suppressed = suppressed.map(|(_, count)| u64::from(count.saturating_sub(LINES))).sum();
        self.sustained.lock().hear(suppressed);
        for (Key { cause, strategy, client }, count) in counts.into_iter().filter(|(_, count)| *count > LINES)
        {
            let client = client.map(tracing::field::display);
            let suppressed = count - LINES;
            line!(cause, { auth.strategy = strategy, client, suppressed }, "more lines like this");
        }
    }
}

/// The cause for the log; `None` if there is nothing to log.
fn cause(error: &AuthError) -> Option<&'static str> {
    let is_news = !matches!(error, AuthError::Missing | AuthError::OtherScheme | AuthError::MissingPolicy(_));
    is_news.then(|| error.cause())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ten_lines_a_second_for_each_cause_and_client() {
        let audit = Audit::default();
        let (one, two) = (Some(IpAddr::from([192, 0, 2, 1])), Some(IpAddr::from([192, 0, 2, 2])));
        let lines = |(cause, client)| {
            (0..50).filter(|_| audit.admits(Key { cause, strategy: "jwt", client })).count()
        };
        assert_eq!([lines(("expired", one)), lines(("expired", two)), lines(("banned", one))], [10, 10, 10]);
        assert_eq!(lines(("expired", one)), 0);
        tokio::time::sleep(WINDOW * 2).await;
        assert_eq!(lines(("expired", one)), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_whose_task_is_cancelled_is_closed() {
        for delay in [Duration::ZERO, WINDOW / 2] {
            let tasks = Arc::new(Mutex::new(Vec::new()));
            let begun = tasks.clone();
            let audit = Audit::new(Spawner::new(move |task| {
                let task = tokio::spawn(task);
                begun.lock().push(task.abort_handle());
                task
            }));
            let key = Key { cause: "expired", strategy: "jwt", client: None };
            let lines = || (0..50).filter(|_| audit.admits(key)).count();
            assert_eq!((lines(), lines()), (10, 0));
            tokio::time::sleep(delay).await;
            let window = tasks.lock().pop().expect("a window");
            window.abort();
            while !window.is_finished() {
                tokio::task::yield_now().await;
            }
            assert_eq!(lines(), 10, "after {delay:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_from_many_clients_stays_bounded() {
        let audit = Audit::default();
        for client in (0_u32..).take(MAX_CLIENTS * 2) {
            let client = Some(IpAddr::from(client.to_be_bytes()));
            audit.admits(Key { cause: "expired", strategy: "jwt", client });
        }
        assert!(audit.counts.lock().len() <= MAX_CLIENTS + 1);
    }
}
