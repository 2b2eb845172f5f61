//! What outlives the parts that were built from one configuration: those built from the next go on with it.

use std::{hash::Hash, net::IpAddr};

use super::{client_limit::ClientLimits, cut_off_keeper::CutOffKeeper, ids::Ids};
use crate::{
    FailureLimit, Limiter, Revocations, RouteLimits,
    config::{Quota, RateLimit},
    revocation::Accepted,
};

/// What outlives the parts. Clones share all of it.
#[derive(Clone)]
pub struct Lasting {
    /// Names requests and what is stored, and reads the time.
    pub ids: Ids,
    /// What has ended, and whose tokens are cut off.
    pub revocations: Revocations,
    /// Keeps these across restarts.
    pub cut_off_keeper: CutOffKeeper,
    /// The events that the hook has accepted.
    pub accepted: Accepted,
    /// What has been counted; nothing where nothing is limited.
    pub limits: Option<Limits>,
}

/// What counts requests, failures and bytes. Clones count together.
#[derive(Clone)]
pub struct Limits {
    quotas: RateLimit,
    pub client: ClientLimits,
    pub user: Limiter<String>,
    pub routes: RouteLimits,
    /// Of credentials.
    pub failures: FailureLimit,
    /// Of events that the hook refuses.
    pub refused_events: FailureLimit,
    pub pages: Limiter<IpAddr>,
}

impl Default for Lasting {
    fn default() -> Self {
        Self::new(Ids::default())
    }
}

impl Lasting {
    /// Nothing has ended or been counted yet. Things end by the clock of `ids`.
    pub fn new(ids: Ids) -> Self {
        Self {
            ids,
            revocations: Revocations::with_clock(ids.clock),
            cut_off_keeper: CutOffKeeper::default(),
            accepted: Accepted::default(),
            limits: None,
        }
    }

    /// The same for a configuration with these quotas. Where one differs from that before, its count begins anew.
    pub fn with_quotas(self, quotas: &RateLimit) -> Self {
        let limits = quotas.enabled.then(|| Limits::new(quotas).going_on_with(self.limits));
        Self { limits, ..self }
    }
}

impl Limits {
    fn new(quotas: &RateLimit) -> Self {
        let RateLimit { client, failed, user, pages, .. } = quotas;
        Self {
            client: ClientLimits::new(limiter("client", client)),
            user: limiter("user", user),
            routes: RouteLimits::default(),
            failures: FailureLimit::new(limiter("failed", failed)),
            refused_events: FailureLimit::new(limiter("failed", failed)),
            pages: Limiter::of_bytes("pages", pages.size, pages.window),
            quotas: quotas.clone(),
        }
    }

    /// How much of each thing is allowed.
    pub fn quotas(&self) -> &RateLimit {
        &self.quotas
    }

    /// Goes on with the counts from before whose quotas are still the same.
    fn going_on_with(mut self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        self.routes = before.routes;
        if self.quotas.client == before.quotas.client {
            self.client = before.client;
        }
        if self.quotas.user == before.quotas.user {
            self.user = before.user;
        }
        if self.quotas.failed == before.quotas.failed {
            (self.failures, self.refused_events) = (before.failures, before.refused_events);
        }
        if self.quotas.pages == before.quotas.pages {
            self.pages = before.pages;
        }
        self
    }
}

fn limiter<K: Hash + Eq + Clone>(name: &'static str, quota: &Quota) -> Limiter<K> {
    Limiter::new(name, quota.requests, quota.window)
}
