//! What stands between a configuration and the routes.

use std::{sync::Arc, time::Duration};

use super::{
    announcement::announce, hook::Hook, lasting::Lasting, lifecycle::Lifecycle, metrics::Judgements,
    middleware::ClientLimit, page_budget::PageBudget, readiness::Watch, stores::Stores,
};
use crate::{
    Authenticator, Chain,
    config::{Config, StrategyKind},
    judgement::Observer,
};

/// The parts of a service, connected with each other. Nothing runs yet, so they can be looked at without a service.
pub struct Parts {
    /// The strategies, in order of trust.
    pub chain: Chain,
    /// What each strategy asks, for the log.
    pub places: Vec<Option<String>>,
    /// How long a token is accepted after it was issued, where every strategy has a bound.
    pub tokens_live_at_most: Option<Duration>,
    /// What is kept in the service's own database.
    pub stores: Stores,
    /// Hears Better Auth's plugin, where there is a secret for that.
    pub hook: Option<Hook>,
    /// Judges credentials by the chain, and counts.
    pub authenticator: Authenticator,
    /// Knows the client's address, and counts its requests.
    pub client_limit: Arc<ClientLimit>,
    /// Counts the bytes of pages, where anything is limited.
    pub page_budget: Option<Arc<PageBudget>>,
    /// What the parts of the next configuration go on with.
    pub lasting: Lasting,
    /// Owns their tasks: they may end before the service.
    pub lifecycle: Lifecycle,
}

impl Parts {
    /// Builds them, and looks at what is within reach of what they need. They go on with what `lasting` holds of the parts
    /// before, and end with `service` at the latest.
    ///
    /// # Errors
    ///
    /// A start-up fault, such as a database that lacks its tables.
    pub async fn build(config: &Config, lasting: Lasting, service: &Lifecycle) -> anyhow::Result<Self> {
        let lasting = lasting.with_quotas(&config.rate_limit);
        let lifecycle = service.child();
        let unfinished = lifecycle.drop_guard();
        let spawner = lifecycle.spawner();
        // Boxed: what they await is deep and large.
        let stores = Box::pin(Stores::open(config, lasting.ids));
        let judgements = judgements(config, &lasting);
        let chain = config.chain(&lasting.revocations, &spawner, judgements.clone());
        let (stores, chain) = tokio::try_join!(stores, Box::pin(chain))?;
        let proxies = config.server.proxies();
        let limits = lasting.limits.as_ref();
        let authenticator = authenticator(config, chain.clone(), &lasting).with_spawner(spawner);
        let authenticator = judgements.into_iter().fold(authenticator, Authenticator::observed_by);
        unfinished.disarm();
        Ok(Self {
            places: config.places(),
            tokens_live_at_most: config.tokens_live_at_most(),
            hook: hook(config, &lasting, &stores),
            client_limit: Arc::new(ClientLimit::new(proxies, limits.map(|limits| limits.client.clone()))),
            page_budget: limits
                .map(|limits| Arc::new(PageBudget::new(limits.pages.clone(), authenticator.clone()))),
            authenticator,
            chain,
            stores,
            lasting,
            lifecycle,
        })
    }

    /// Starts what goes on in the background, and waits a moment for what it finds. What outlives the parts ends with
    /// `service`.
    pub async fn start(&self, service: &Lifecycle) -> Watch {
        let (lifecycle, Lasting { revocations, cut_off_keeper, .. }) = (&self.lifecycle, &self.lasting);
        revocations.tokens_live_at_most(self.tokens_live_at_most);
        cut_off_keeper.keep_in(self.stores.cut_offs.as_ref(), revocations, service).await;
        if let Some(rotation) = self.stores.key_rotation.clone() {
            rotation.follow(lifecycle).await;
        }
        let watch = Watch::begin(&self.chain, &self.places, self.hook.is_some(), lifecycle).await;
        lifecycle.spawn(announce(watch.clone(), self.stores.cut_offs.is_some()));
        watch
    }
}

fn authenticator(config: &Config, chain: Chain, lasting: &Lasting) -> Authenticator {
    let authenticator = Authenticator::new(config.carriers(), chain).with_clock(lasting.ids.clock);
    let Some(limits) = &lasting.limits else { return authenticator.without_route_limits() };
    authenticator
        .with_user_limit(limits.user.clone())
        .with_route_limits(limits.routes.clone())
        .with_failure_limit(limits.failures.clone())
}

/// Counts what happens, where operators look at it.
fn judgements(config: &Config, lasting: &Lasting) -> Option<Arc<dyn Observer>> {
    config.admin.as_ref()?;
    let strategies = config.in_use().into_iter().map(StrategyKind::name);
    Some(Arc::new(Judgements::new(lasting.metrics.clone(), strategies, lasting.verdicts.clone())))
}

fn hook(config: &Config, lasting: &Lasting, stores: &Stores) -> Option<Hook> {
    let secret = config.revocation.hook_secret.as_ref()?;
    let hook = Hook::new(secret, lasting.revocations.clone(), stores.cut_offs.clone())
        .with_accepted(lasting.accepted.clone())
        .with_clock(lasting.ids.clock);
    Some(match &lasting.limits {
        Some(limits) => hook.with_failure_limit(limits.refused_events.clone()),
        None => hook,
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use poem::http::{Extensions, HeaderMap, Method};
    use tokio::{runtime::Handle, time::Instant};

    use super::*;
    use crate::{
        AuthError, Identity, Protection, Rate, Refusal, RequestHead, RouteLimit, User,
        service::hook::{Event, HookError},
    };

    const CONFIG: &str = "
        strategies = ['shared_secret']
        shared_secret.secret = 'a secret of at least thirty-two bytes'
        todos.enabled = false
        revocation.persist = false
        revocation.hook_secret = 'a secret of the tests, 30 bytes'
        rate_limit.client.requests = 1
        rate_limit.failed.requests = 1
    ";

    struct Once;

    impl RouteLimit for Once {
        const RATE: Option<Rate> = Some(Rate::new("once", 1, Duration::from_hours(1)));
    }

    async fn parts(more: &str, lasting: Lasting) -> Parts {
        let config = Config::from_toml(&format!("{CONFIG}\n{more}")).expect("a configuration");
        Parts::build(&config, lasting, &Lifecycle::default()).await.expect("its parts")
    }

    /// A client's request, a user's call of a route, and a refused event; whether each was let through.
    async fn count(parts: &Parts) -> [bool; 3] {
        let client = IpAddr::from([192, 0, 2, 1]);
        let head = RequestHead { method: &Method::GET, headers: &HeaderMap::new(), client: Some(client) };
        let identity = Identity::new(User::new("ann"), parts.lasting.ids.clock.now());
        let mut extensions = Extensions::new();
        extensions.insert(identity);
        let protection = Protection::new(&parts.authenticator, head, &extensions);
        let refused = parts.hook.as_ref().expect("a hook").refuse(Refusal::BadSignature, Some(client));
        [
            parts.client_limit.check("/", client).is_ok(),
            protection.authorize_by(&[], Once::RATE).await.is_ok(),
            !matches!(refused, AuthError::Limited(_)),
        ]
    }

    #[tokio::test]
    async fn what_was_counted_outlives_the_parts_unless_its_quota_changes() {
        let windows = |client: u8, failed: u8| {
            format!("rate_limit.client.window = '{client}h'\nrate_limit.failed.window = '{failed}h'")
        };
        let first = parts(&windows(1, 1), Lasting::default()).await;
        assert_eq!(count(&first).await, [true; 3]);
        // The failure that is one too many is still answered as what it is.
        first.hook.as_ref().expect("a hook").refuse(Refusal::BadSignature, Some([192, 0, 2, 1].into()));
        let second = parts(&windows(1, 1), first.lasting.clone()).await;
        assert_eq!(count(&second).await, [false; 3]);
        assert_eq!(count(&first).await, [false; 3], "requests under way still have the parts before");
        let third = parts(&windows(2, 1), second.lasting.clone()).await;
        assert_eq!(count(&third).await, [true, false, false]);
        let fourth = parts(&windows(2, 2), third.lasting.clone()).await;
        assert_eq!(count(&fourth).await, [false, false, true]);
    }

    #[tokio::test]
    async fn cut_offs_and_accepted_events_outlive_the_parts() {
        let first = parts("", Lasting::default()).await;
        let at = first.lasting.ids.clock.now();
        let event = || Event { session: None, user: "ann".into(), cut_off_at: Some(at) };
        first.hook.as_ref().expect("a hook").accept("1", event()).await.expect("accepted");
        let second = parts("", first.lasting.clone()).await;
        second.lasting.revocations.admit("ann", at.timestamp()).expect_err("cut off");
        let again = second.hook.as_ref().expect("a hook").accept("1", event()).await;
        assert!(matches!(again, Err(HookError::Replay)), "{again:?}");
    }

    #[tokio::test]
    async fn no_task_outlives_the_service() {
        const UNREACHABLE: &str = "
            strategies = ['jwt']
            better_auth.url = 'http://127.0.0.1:9'
            todos.enabled = false
            revocation.persist = false
        ";
        let config = Config::from_toml(UNREACHABLE).expect("a configuration");
        let service = Lifecycle::default();
        let parts = Parts::build(&config, Lasting::default(), &service).await.expect("its parts");
        parts.start(&service).await;
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer nobody's".parse().expect("a value"));
        let head = RequestHead { method: &Method::GET, headers: &headers, client: None };
        parts.authenticator.authenticate(head).await.expect_err("nobody claims it, as the log says");
        let alive = || Handle::current().metrics().num_alive_tasks();
        // The watch, the refresh of keys, what follows them and the window of the log.
        assert!(alive() >= 4, "{}", alive());
        assert!(service.end(Instant::now() + Duration::from_secs(5)).await);
        assert_eq!(alive(), 0);
        drop(parts);
    }
}
