//! What the log says at start of how late a sign-out is seen.

use std::time::Duration;

use tokio::time::sleep;

use super::readiness::Watch;
use crate::{revocation::Hearing, strategy::Freshness};

/// It takes no longer to find out who can be heard, if they are there; usually some milliseconds.
const SETTLED: Duration = Duration::from_secs(5);
const STEPS: u32 = 100;

/// Says it as soon as it is clear who tells of it.
pub async fn announce(watch: Watch, persist: bool) {
    settle(&watch).await;
    for (name, _, freshness) in watch.states() {
        let seen = seen(&freshness, &tellers(&watch));
        tracing::info!(auth.strategy = name, "a sign-out is seen {seen}");
    }
    let can_forget =
        watch.states().any(|(_, _, freshness)| freshness.within.is_none() && freshness.honours_revocations);
    if can_forget && !persist {
        tracing::info!(
            "revocation.persist = false: after a restart, JWTs of users who signed out before it are valid again until they expire"
        );
    }
}

/// Waits until it is clear who tells, but not for long.
pub async fn settle(watch: &Watch) {
    for _ in 0..STEPS {
        if !watch.states().any(|(_, _, freshness)| is_lost(&freshness)) {
            break;
        }
        sleep(SETTLED / STEPS).await;
    }
}

fn is_lost(freshness: &Freshness) -> bool {
    freshness.feeds.iter().any(|feed| feed.hearing == Hearing::Lost)
}

/// What cuts users off at once, whoever asks: the hook, and the triggers in PostgreSQL, whichever strategy listens to them.
/// (Other feeds tell of sessions, which a token does not name.)
pub fn tellers(watch: &Watch) -> Vec<&'static str> {
    let has_triggers = watch.states().any(|(_, _, freshness)| {
        let mut feeds = freshness.feeds.iter();
        feeds.any(|feed| feed.name == "postgresql" && matches!(feed.hearing, Hearing::Listening(_)))
    });
    let tellers = [("the hook", watch.hears_hook()), ("postgresql", has_triggers)];
    tellers.into_iter().filter(|(_, tells)| *tells).map(|(name, _)| name).collect()
}

/// How late a sign-out is seen, in words.
pub fn seen(freshness: &Freshness, tellers: &[&str]) -> String {
    let Freshness { within, honours_revocations, feeds, .. } = freshness;
    let listening = feeds.iter().filter(|feed| matches!(feed.hearing, Hearing::Listening(_)));
    let names: Vec<_> = listening.map(|feed| feed.name).collect();
    let bound = match within {
        Some(Duration::ZERO) if is_lost(freshness) => {
            "at once: its revocation feed is down, so cached verdicts are not used until it is back"
                .to_owned()
        }
        Some(Duration::ZERO) => "at once".to_owned(),
        Some(within) if names.is_empty() => format!("within {within:?}"),
        Some(within) => format!("within {within:?}, by {}", names.join(" and ")),
        None => "when the credential expires".to_owned(),
    };
    let tellers: Vec<_> = tellers.iter().filter(|teller| !names.contains(*teller)).copied().collect();
    if tellers.is_empty() || !*honours_revocations {
        return bound;
    }
    let tell = if tellers.len() == 1 { "tells" } else { "tell" };
    format!("{bound}, or as soon as {} {tell}", tellers.join(" or "))
}
