use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Duration};

use parking_lot::RwLock;

use super::Limiter;
use crate::error::Limited;

/// A limit for one route, declared where the route is: `Authenticated<AnyUser, NewOrders>`. Counts by user.
///
/// ```
/// use std::time::Duration;
///
/// use better_auth_verifier::{Rate, RouteLimit};
///
/// struct NewOrders;
///
/// impl RouteLimit for NewOrders {
///     const RATE: Option<Rate> = Some(Rate::new("new-orders", 20, Duration::from_secs(60)));
/// }
/// ```
pub trait RouteLimit: Send + Sync + 'static {
    /// How often; `None` is as often as the other limits permit.
    const RATE: Option<Rate>;
}

/// As often as the other limits permit.
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl RouteLimit for Unlimited {
    const RATE: Option<Rate> = None;
}

/// A number of requests in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
}

impl Rate {
    /// `name` is its name in the `RateLimit` fields of an answer; routes with the same rate share it.
    ///
    /// # Panics
    ///
    /// If nothing is permitted, in a constant at compile time.
    #[must_use]
    pub const fn new(name: &'static str, requests: u32, window: Duration) -> Self {
        Self { name, requests: NonZeroU32::new(requests).expect("at least one request"), window }
    }
}

/// The limits of all routes, each made on first use. Clones share their counts: an
/// [`Authenticator`](crate::Authenticator) that replaces another goes on with the same.
#[derive(Clone, Default)]
pub struct RouteLimits(Arc<RwLock<HashMap<Rate, Limiter<String>>>>);

impl RouteLimits {
    /// Counts one request of `user`.
    pub(crate) fn acquire(&self, rate: Rate, user: &String) -> Result<(), Limited> {
        let made = self.0.read().get(&rate).cloned();
        made.unwrap_or_else(|| self.make(rate)).acquire(user)
    }

    fn make(&self, rate: Rate) -> Limiter<String> {
        let Rate { name, requests, window } = rate;
        let mut limiters = self.0.write();
        limiters.entry(rate).or_insert_with(|| Limiter::new(name, requests, window)).clone()
    }
}
