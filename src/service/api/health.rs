use poem_openapi::{Enum, Object, OpenApi, payload::Json, types::Example};

use super::{
    super::readiness::Watch,
    Tag,
    failure::{Failure, GetHealth, GetLiveness, GetReadiness},
    one_of::{Names, OneOf},
    strategy_names::StrategyNames,
};
use crate::{
    problem::{Kind, Problem},
    revocation::Hearing,
    strategy,
};

pub struct Api {
    watch: Watch,
}

impl Api {
    pub fn new(watch: Watch) -> Self {
        Self { watch }
    }
}

#[expect(clippy::unused_async, reason = "the generator asks for async handlers")]
#[OpenApi(tag = "Tag::Health")]
impl Api {
    /// Liveness
    ///
    /// Always 200 while the process runs; it asks nobody else.
    #[oai(path = "/health/live", method = "get", operation_id = "getLiveness")]
    async fn live(&self) -> Result<Json<Health>, Failure<GetLiveness>> {
        Ok(Json(Health { status: Status::Healthy }))
    }

    /// Readiness
    ///
    /// 200 if at least one strategy can decide now, as last heard in the background.
    #[oai(path = "/health/ready", method = "get", operation_id = "getReadiness")]
    async fn ready(&self) -> Result<Json<Readiness>, Failure<GetReadiness>> {
        let strategies: Vec<_> = self
            .watch
            .states()
            .map(|(name, ready, freshness)| StrategyState {
                name: name.into(),
                state: if ready { State::Ready } else { State::Unavailable },
                freshness: Freshness::new(&freshness, self.watch.hears_hook()),
            })
            .collect();
        if strategies.iter().any(|strategy| matches!(strategy.state, State::Ready)) {
            return Ok(Json(Readiness { status: State::Ready, strategies }));
        }
        let states: Vec<_> =
            strategies.iter().map(|one| format!("{}: unavailable", one.name.as_ref())).collect();
        Err(Problem::new(Kind::Unavailable).with_detail(states.join(", ")).into())
    }

    /// Health at a glance
    ///
    /// For monitors that know nothing finer.
    #[oai(path = "/health", method = "get", operation_id = "getHealth")]
    async fn health(&self) -> Result<Json<Health>, Failure<GetHealth>> {
        Ok(Json(Health { status: Status::Healthy }))
    }
}

/// The process runs.
#[derive(Object)]
#[oai(example)]
struct Health {
    /// Always the same.
    status: Status,
}

impl Example for Health {
    fn example() -> Self {
        Self { status: Status::Healthy }
    }
}

/// The process runs.
#[derive(Enum)]
#[oai(rename = "HealthStatus", rename_all = "lowercase")]
enum Status {
    Healthy,
}

/// What can be decided now.
#[derive(Object)]
#[oai(example)]
struct Readiness {
    /// Whether at least one of them is.
    status: State,
    /// In the order in which they are asked.
    strategies: Vec<StrategyState>,
}

impl Example for Readiness {
    fn example() -> Self {
        let freshness = Freshness {
            within_seconds: Some(0.1),
            feeds: vec![Feed { name: "postgresql".into(), state: FeedState::Listening }],
            hook: false,
        };
        let strategy = StrategyState { name: "session_table".into(), state: State::Ready, freshness };
        Self { status: State::Ready, strategies: vec![strategy] }
    }
}

/// One strategy.
#[derive(Object)]
struct StrategyState {
    /// As in the configuration.
    name: OneOf<StrategyNames>,
    /// Whether it can decide now.
    state: State,
    /// How late it sees a sign-out.
    freshness: Freshness,
}

/// How late a sign-out is seen.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Freshness {
    /// A sign-out is seen within so many seconds, as things are now; absent where only the credential's own expiry ends it.
    within_seconds: Option<f64>,
    /// What is listened to.
    feeds: Vec<Feed>,
    /// Whether Better Auth's plugin may tell of it sooner.
    hook: bool,
}

/// Something that tells what has ended.
#[derive(Object)]
struct Feed {
    /// A store, or `jwks` for keys that are withdrawn.
    name: OneOf<FeedNames>,
    /// Whether it is heard.
    state: FeedState,
}

struct FeedNames;

impl Names for FeedNames {
    fn all() -> Vec<&'static str> {
        vec!["sqlite", "postgresql", "mysql", "redis", "jwks"]
    }
}

/// `listening`: it tells. `lost`: it should tell and is not heard, so cached results are not used, except
/// under `stale_if_unavailable`. `unsupported`: it cannot tell, or no key has been fetched, so what is cached is used until it
/// has aged.
#[derive(Enum)]
#[oai(rename_all = "lowercase")]
enum FeedState {
    Listening,
    Lost,
    Unsupported,
}

impl Freshness {
    fn new(freshness: &strategy::Freshness, hears_hook: bool) -> Self {
        let feeds = freshness.feeds.iter().map(|feed| Feed {
            name: feed.name.into(),
            state: match feed.hearing {
                Hearing::Listening(_) => FeedState::Listening,
                Hearing::Lost => FeedState::Lost,
                Hearing::Unsupported => FeedState::Unsupported,
            },
        });
        let within_seconds = freshness.within.map(|within| within.as_secs_f64());
        Self { within_seconds, feeds: feeds.collect(), hook: hears_hook && freshness.honours_revocations }
    }
}

/// Whether callers can be judged.
#[derive(Enum)]
#[oai(rename = "ReadinessState", rename_all = "lowercase")]
enum State {
    Ready,
    Unavailable,
}
