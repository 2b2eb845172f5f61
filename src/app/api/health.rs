use poem_openapi::{Enum, Object, OpenApi, payload::Json, types::Example};

use super::{
    super::readiness::Watch,
    Tag,
    failure::{Failure, GetHealth, GetLiveness, GetReadiness},
    one_of::OneOf,
    strategy_names::StrategyNames,
};
use crate::problem::{Kind, Problem};

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
            .map(|(name, ready, _)| StrategyState {
                name: name.into(),
                state: if ready { State::Ready } else { State::Unavailable },
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
        let strategy = StrategyState { name: "session_table".into(), state: State::Ready };
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
}

/// Whether callers can be judged.
#[derive(Enum)]
#[oai(rename = "ReadinessState", rename_all = "lowercase")]
enum State {
    Ready,
    Unavailable,
}
