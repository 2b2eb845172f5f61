//! What stands between a configuration and the routes of an app.

use std::{iter::repeat_with, sync::Arc, time::Duration};

use super::{
    announcement::announce, client_limit::ClientLimit, cut_off_store::CutOffStore, lasting::Lasting,
    lifecycle::Lifecycle, readiness::Watch,
};
use crate::{Authenticator, Chain, Hook, config::Config, judgement::Observer, strategy::AnyStrategy};

/// The parts of an app, connected with each other. Nothing runs yet, so they can be looked at without an app.
pub struct Parts {
    /// The strategies, in order of trust.
    pub chain: Chain,
    /// What each strategy asks, for the log.
    pub places: Vec<Option<String>>,
    /// How long a token is accepted after it was issued, where every strategy has a bound.
    pub tokens_live_at_most: Option<Duration>,
    /// Hears Better Auth's plugin, where there is a secret for that.
    pub hook: Option<Hook>,
    /// Keeps cut-offs over a restart, where that is wanted.
    pub cut_offs: Option<CutOffStore>,
    /// Judges credentials by the chain, and counts.
    pub authenticator: Authenticator,
    /// Knows the client's address, and counts its requests.
    pub client_limit: Arc<ClientLimit>,
    /// Owns their tasks: they may end before the app.
    pub lifecycle: Lifecycle,
}

/// What no configuration knows.
#[derive(Default)]
pub struct Additions {
    /// Strategies that are asked before those of the configuration.
    pub first: Vec<AnyStrategy>,
    /// Strategies that are asked after those of the configuration.
    pub last: Vec<AnyStrategy>,
    /// Hears of judgements, and of requests to Better Auth.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Parts {
    /// Builds them, and looks at what is within reach of what they need. They count on with what `lasting` holds, and end with
    /// `app` at the latest.
    ///
    /// # Errors
    ///
    /// A start-up fault, such as a database that lacks its tables.
    pub async fn build(
        config: &Config,
        lasting: &Lasting,
        app: &Lifecycle,
        additions: Additions,
    ) -> anyhow::Result<Self> {
        let lifecycle = app.child();
        let unfinished = lifecycle.drop_guard();
        let spawner = lifecycle.spawner();
        let Additions { first, last, observer } = additions;
        let configured = config.chain(&lasting.revocations, &spawner, observer.clone()).await?;
        let nowhere = |strategies: &[AnyStrategy]| repeat_with(|| None).take(strategies.len());
        let places = nowhere(&first).chain(config.places()).chain(nowhere(&last)).collect();
        // How long an app's own tokens live is not known.
        let tokens_live_at_most =
            config.tokens_live_at_most().filter(|_| first.is_empty() && last.is_empty());
        let chain = first.into_iter().fold(Chain::default(), Chain::push).followed_by(configured);
        let chain = last.into_iter().fold(chain, Chain::push);
        let limits = lasting.limits.as_ref();
        let client_limits = limits.map(|limits| limits.client.clone());
        let authenticator = authenticator(config, chain.clone(), lasting).with_spawner(spawner);
        let authenticator = observer.into_iter().fold(authenticator, Authenticator::observed_by);
        unfinished.disarm();
        Ok(Self {
            places,
            tokens_live_at_most,
            hook: hook(config, lasting),
            cut_offs: None,
            client_limit: Arc::new(ClientLimit::new(config.server.proxies(), client_limits)),
            authenticator,
            chain,
            lifecycle,
        })
    }

    /// Keeps cut-offs in this store, if there is one.
    pub fn keeping_cut_offs_in(self, store: Option<CutOffStore>) -> Self {
        let Some(store) = store else { return self };
        let keeper = store.clone();
        let keep = move |cut_off| {
            let keeper = keeper.clone();
            async move { keeper.keep(&cut_off).await }
        };
        Self { hook: self.hook.map(|hook| hook.kept_by(keep)), cut_offs: Some(store), ..self }
    }

    /// Starts what goes on in the background, and waits a moment for what it finds. What outlives the parts ends with
    /// `app`.
    pub async fn start(&self, lasting: &Lasting, app: &Lifecycle) -> Watch {
        let Lasting { revocations, cut_off_keeper, .. } = lasting;
        revocations.tokens_live_at_most(self.tokens_live_at_most);
        cut_off_keeper.keep_in(self.cut_offs.as_ref(), revocations, app).await;
        let watch = Watch::begin(&self.chain, &self.places, self.hook.is_some(), &self.lifecycle).await;
        self.lifecycle.spawn(announce(watch.clone(), self.cut_offs.is_some()));
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

fn hook(config: &Config, lasting: &Lasting) -> Option<Hook> {
    let secret = config.revocation.hook_secret.as_ref()?;
    let hook = Hook::new(secret, lasting.revocations.clone())
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
        AuthError, HookError, Identity, Protection, Rate, RequestHead, RouteLimit, User, app::ids::Ids,
        test_kit::Event,
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

    async fn build(config: &str, lasting: Lasting, app: &Lifecycle) -> (Parts, Lasting) {
        let config = Config::from_toml(config).expect("a configuration");
        let lasting = lasting.with_quotas(&config.rate_limit);
        let parts = Parts::build(&config, &lasting, app, Additions::default()).await.expect("its parts");
        (parts, lasting)
    }

    async fn parts(more: &str, lasting: &Lasting) -> (Parts, Lasting) {
        build(&format!("{CONFIG}\n{more}"), lasting.clone(), &Lifecycle::default()).await
    }

    /// The headers of an event, signed with this secret.
    fn signed(id: &str, body: &str, secret: &str) -> HeaderMap {
        let event = Event { id: id.to_owned(), ..Event::of_body(body) };
        event.headers(&secret.parse().expect("a secret"))
    }

    /// An event that somebody else has signed, who is at this address.
    fn forged(parts: &Parts, client: IpAddr) -> HookError {
        let hook = parts.hook.as_ref().expect("a hook");
        hook.verify(&signed("0", "", "another secret, 30 bytes long"), b"", Some(client)).expect_err("forged")
    }

    /// A client's request, a user's call of a route, and a refused event; whether each was let through.
    async fn count((parts, lasting): &(Parts, Lasting)) -> [bool; 3] {
        let client = IpAddr::from([192, 0, 2, 1]);
        let head = RequestHead { method: &Method::GET, headers: &HeaderMap::new(), client: Some(client) };
        let identity = Identity::new(User::new("ann"), lasting.ids.clock.now());
        let mut extensions = Extensions::new();
        extensions.insert(identity);
        let protection = Protection::new(&parts.authenticator, head, &extensions);
        let refused = forged(parts, client);
        [
            parts.client_limit.check("/", client).is_ok(),
            protection.authorize_by(&[], Once::RATE).await.is_ok(),
            !matches!(refused, HookError::Refused(AuthError::Limited(_))),
        ]
    }

    #[tokio::test]
    async fn what_was_counted_outlives_the_parts_unless_its_quota_changes() {
        let windows = |client: u8, failed: u8| {
            format!("rate_limit.client.window = '{client}h'\nrate_limit.failed.window = '{failed}h'")
        };
        let first = parts(&windows(1, 1), &Lasting::default()).await;
        assert_eq!(count(&first).await, [true; 3]);
        // The failure that is one too many is still answered as what it is.
        forged(&first.0, [192, 0, 2, 1].into());
        let second = parts(&windows(1, 1), &first.1).await;
        assert_eq!(count(&second).await, [false; 3]);
        assert_eq!(count(&first).await, [false; 3], "requests under way still have the parts before");
        let third = parts(&windows(2, 1), &second.1).await;
        assert_eq!(count(&third).await, [true, false, false]);
        let fourth = parts(&windows(2, 2), &third.1).await;
        assert_eq!(count(&fourth).await, [false, false, true]);
    }

    #[tokio::test]
    async fn cut_offs_and_accepted_events_outlive_the_parts() {
        let at = Ids::default().clock.now();
        let event = |parts: &Parts| {
            let at = at.to_rfc3339();
            let body = format!(r#"{{"type":"user.updated","timestamp":"{at}","data":{{"userId":"ann"}}}}"#);
            let headers = signed("1", &body, "a secret of the tests, 30 bytes");
            parts.hook.as_ref().expect("a hook").verify(&headers, body.as_bytes(), None).expect("an event")
        };
        let (first, lasting) = parts("", &Lasting::default()).await;
        first.hook.as_ref().expect("a hook").accept(event(&first)).await.expect("accepted");
        let (second, lasting) = parts("", &lasting).await;
        lasting.revocations.admit("ann", at.timestamp()).expect_err("cut off");
        let again = second.hook.as_ref().expect("a hook").accept(event(&second)).await;
        assert!(matches!(again, Err(HookError::Replay)), "{again:?}");
    }

    #[tokio::test]
    async fn no_task_outlives_the_app() {
        const UNREACHABLE: &str = "
            strategies = ['jwt']
            better_auth.url = 'http://127.0.0.1:9'
            todos.enabled = false
            revocation.persist = false
        ";
        let app = Lifecycle::default();
        let (parts, lasting) = build(UNREACHABLE, Lasting::default(), &app).await;
        parts.start(&lasting, &app).await;
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer nobody's".parse().expect("a value"));
        let head = RequestHead { method: &Method::GET, headers: &headers, client: None };
        parts.authenticator.authenticate(head).await.expect_err("nobody claims it, as the log says");
        let alive = || Handle::current().metrics().num_alive_tasks();
        // The watch, the refresh of keys, what follows them and the window of the log.
        assert!(alive() >= 4, "{}", alive());
        assert!(app.end(Instant::now() + Duration::from_secs(5)).await);
        assert_eq!(alive(), 0);
        drop(parts);
    }
}
