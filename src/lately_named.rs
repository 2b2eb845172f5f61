use std::{borrow::Borrow, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

/// Enough for the proxies of a deployment.
const MAX: usize = 4;
/// This long after the first name the list begins anew. Otherwise a stranger's four names would silence it for ever.
const WHILE: Duration = Duration::from_hours(1);
/// The end of the last line in an hour.
const SILENCE: &str = ". The log names no others like this until an hour after the first";

/// The names that the log has shown lately, so that it shows none twice in an hour. Strangers can invent names, so it shows only
/// a few.
pub struct LatelyNamed<T>(Mutex<Named<T>>);

struct Named<T> {
    since: Option<Instant>,
    all: Vec<T>,
}

impl<T> Default for LatelyNamed<T> {
    fn default() -> Self {
        Self(Mutex::new(Named { since: None, all: Vec::new() }))
    }
}

impl<T> LatelyNamed<T> {
    /// Whether the log is to show this name now; then it counts as shown. Returns the end of the line.
    pub fn admit<Q: ToOwned<Owned = T> + Eq + ?Sized>(&self, one: &Q) -> Option<&'static str>
    where
        T: Borrow<Q>,
    {
        let now = Instant::now();
        let mut named = self.0.lock();
        if named.since.is_none_or(|since| now - since >= WHILE) {
            *named = Named { since: Some(now), all: Vec::new() };
        }
        if named.all.len() == MAX || named.all.iter().any(|other| other.borrow() == one) {
            return None;
        }
        named.all.push(one.to_owned());
        Some(if named.all.len() == MAX { SILENCE } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thing_is_named_once_and_not_too_many_are_until_an_hour_is_over() {
        let named = LatelyNamed::<String>::default();
        let admit = |name: &str| named.admit(name);
        assert_eq!(["a", "a", "b", "a", "b"].map(admit), [Some(""), None, Some(""), None, None]);
        assert_eq!(["c", "d", "e", "d"].map(admit), [Some(""), Some(SILENCE), None, None]);
        advance(WHILE / 2).await;
        assert_eq!(admit("the proxy"), None);
        advance(WHILE / 2).await;
        assert_eq!(["the proxy", "a", "a"].map(admit), [Some(""), Some(""), None]);
    }
}
