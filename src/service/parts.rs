//! What stands between a configuration and the routes.

use std::{hash::Hash, net::IpAddr};

use super::{
    announcement::announce, hook::Hook, lifecycle::Lifecycle, middleware::ClientLimit,
    page_budget::PageBudget, readiness::Watch, stores::Stores,
};
use crate::{
    authenticator::Authenticator,
    client::TrustedProxies,
    config::{Config, Quota},
    limit::Limiter,
    revocation::Revocations,
    strategy::Chain,
};

/// The parts of a service, connected with each other. Nothing runs yet, so they can be looked at without a service.
pub struct Parts {
    /// The strategies, in order of trust.
    pub chain: Chain,
    /// What has ended, for all of them.
    pub revocations: Revocations,
    /// What is kept in the service's own database.
    pub stores: Stores,
    /// Hears Better Auth's plugin, where there is a secret for that.
    pub hook: Option<Hook>,
    /// Judges credentials by the chain, and counts.
    pub authenticator: Authenticator,
    /// Knows the client's address, and counts its requests.
    pub client_limit: ClientLimit,
    /// Counts the bytes of pages, where anything is limited.
    pub page_budget: Option<PageBudget>,
}

impl Parts {
    /// Builds them, and looks at what is within reach of what they need. `revocations` may know of endings already: they
    /// outlive the parts that were built with them.
    ///
    /// # Errors
    ///
    /// A start-up fault, such as a database that lacks its tables.
    pub async fn build(config: &Config, revocations: Revocations) -> anyhow::Result<Self> {
        // Boxed: what they await is deep and large.
        let stores = Box::pin(Stores::open(config));
        let (stores, chain) = tokio::try_join!(stores, Box::pin(config.chain(&revocations)))?;
        let proxies = TrustedProxies::new(config.server.trusted_proxies.iter().copied());
        let limits = config.rate_limit.enabled.then_some(&config.rate_limit);
        Ok(Self {
            hook: hook(config, &revocations, &stores),
            authenticator: authenticator(config, chain.clone()),
            client_limit: ClientLimit::new(proxies, limits.map(|limits| limiter("client", &limits.client))),
            page_budget: limits.map(|limits| {
                PageBudget::new(Limiter::of_bytes("pages", limits.pages.size, limits.pages.window))
            }),
            chain,
            revocations,
            stores,
        })
    }

    /// Starts what goes on in the background, and waits a moment for what it finds.
    pub async fn start(&self, lifecycle: &Lifecycle) -> Watch {
        if let Some(store) = self.stores.cut_offs.clone() {
            store.restore(&self.revocations, lifecycle).await;
        }
        if let Some(keys) = self.stores.signing_keys.clone() {
            keys.follow(lifecycle).await;
        }
        let watch = Watch::begin(&self.chain, self.hook.is_some(), lifecycle).await;
        lifecycle.spawn(announce(watch.clone(), self.stores.cut_offs.is_some()));
        watch
    }
}

fn authenticator(config: &Config, chain: Chain) -> Authenticator {
    let limits = &config.rate_limit;
    let authenticator = Authenticator::new(config.carriers(), chain);
    if !limits.enabled {
        return authenticator.without_route_limits();
    }
    authenticator
        .with_user_limit(limiter("user", &limits.user))
        .with_failure_limit(limiter("failed", &limits.failed))
}

fn hook(config: &Config, revocations: &Revocations, stores: &Stores) -> Option<Hook> {
    let secret = config.revocation.hook_secret.as_ref()?;
    let limits = &config.rate_limit;
    let hook = Hook::new(secret, revocations.clone(), stores.cut_offs.clone());
    let failed: Limiter<IpAddr> = limiter("failed", &limits.failed);
    Some(if limits.enabled { hook.with_failure_limit(failed) } else { hook })
}

fn limiter<K: Hash + Eq + Clone>(name: &'static str, quota: &Quota) -> Limiter<K> {
    Limiter::new(name, quota.requests, quota.window)
}
