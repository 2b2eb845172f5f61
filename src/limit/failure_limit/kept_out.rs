use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::RwLock;
use tokio::time::Instant;

use crate::{error::Limited, limit::Limiter};

/// The most clients that are kept; a forgotten one is counted again.
const MAX_CLIENTS: usize = 100_000;
/// No client is rejected longer than this for one failure too many.
const LONGEST: Duration = Duration::from_mins(10);

/// The clients over a limit of failures, and until when. Clones share them.
#[derive(Clone)]
pub struct KeptOut {
    limiter: Limiter<IpAddr>,
    until: Arc<RwLock<HashMap<IpAddr, (Limited, Instant)>>>,
    /// Their number. Every request looks its client up, and mostly there is none.
    held: Arc<AtomicUsize>,
}

impl KeptOut {
    pub fn new(limiter: Limiter<IpAddr>) -> Self {
        Self { limiter, until: Arc::default(), held: Arc::default() }
    }

    pub fn ensure_admits(&self, client: IpAddr) -> Result<(), Limited> {
        if self.held.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let Some((limited, until)) = self.until.read().get(&client).copied() else { return Ok(()) };
        let retry_after = until.saturating_duration_since(Instant::now());
        if retry_after.is_zero() { Ok(()) } else { Err(Limited { retry_after, ..limited }) }
    }

    pub fn count(&self, client: IpAddr) {
        if let Err(limited) = self.limiter.acquire(&client) {
            let now = Instant::now();
            let mut until = self.until.write();
            if until.len() >= MAX_CLIENTS {
                make_room(&mut until, now);
            }
            until.insert(client, (limited, now + limited.retry_after.min(LONGEST)));
            self.held.store(until.len(), Ordering::Release);
        }
    }
}

/// Forgets clients whose time is over. If that leaves too little room it forgets all, so that it need not search them again
/// for a long time.
fn make_room(until: &mut HashMap<IpAddr, (Limited, Instant)>, now: Instant) {
    until.retain(|_, (_, until)| *until > now);
    if until.len() > MAX_CLIENTS / 2 {
        until.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn client(number: usize) -> IpAddr {
        IpAddr::from(u32::try_from(number).expect("few").to_be_bytes())
    }

    fn fail_twice(kept_out: &KeptOut, number: usize) {
        kept_out.count(client(number));
        kept_out.count(client(number));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_is_kept_out_for_a_while_at_most() {
        let kept_out = KeptOut::new(Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1)));
        fail_twice(&kept_out, 1);
        assert!(kept_out.ensure_admits(client(1)).is_err());
        tokio::time::advance(LONGEST).await;
        assert_eq!(kept_out.ensure_admits(client(1)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn r4_there_is_room_for_another_whoever_fails() {
        let kept_out = KeptOut::new(Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1)));
        (0..MAX_CLIENTS).for_each(|number| fail_twice(&kept_out, number));
        assert!(kept_out.ensure_admits(client(0)).is_err());
        fail_twice(&kept_out, MAX_CLIENTS);
        assert!(kept_out.until.read().len() <= MAX_CLIENTS);
        assert!(kept_out.ensure_admits(client(MAX_CLIENTS)).is_err());
        tokio::time::advance(LONGEST).await;
        (1..=MAX_CLIENTS).for_each(|number| fail_twice(&kept_out, MAX_CLIENTS + number));
        assert!(kept_out.until.read().len() <= MAX_CLIENTS);
        assert!(kept_out.ensure_admits(client(2 * MAX_CLIENTS)).is_err());
    }
}
