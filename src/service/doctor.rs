//! Compares a configuration with the running Better Auth, its database and its Redis, and says what is wrong and what to do.
//!
//! Each file below looks at one area and answers with findings. What a strategy looks at when the service starts is looked at
//! here by the same code; the rest is for people alone. Nothing is written anywhere, and Better Auth is asked nothing that a
//! stranger may not ask.

mod address;
mod at_start;
mod bearer;
mod clock;
mod cookie;
mod credential;
mod database;
mod environment;
mod export;
mod finding;
mod key_set;
mod origins;
mod own_tables;
mod patient;
mod proxies;
mod redis;
mod report;
mod revocation;
mod secret;
mod site;
mod standard_input;
mod tables;
mod text;

use futures_util::{FutureExt, future::join};
use tokio::time::{Duration, Instant};
use tracing::{Dispatch, instrument::WithSubscriber};

pub(super) use self::at_start::at_start;
use self::{
    credential::Judged,
    finding::{Area, Finding},
    patient::Patient,
};
pub use self::{report::Report, standard_input::first_line};
use crate::{
    Clock, Revocations,
    app::{lifecycle::Lifecycle, readiness::Watch},
    config::{Config, Dependency, Warning},
    strategy::Chain,
};

/// What ends in the background ends by then.
const END: Duration = Duration::from_secs(2);

/// Examines a deployment. `warnings` are what reading the configuration said; `presented` is a live credential, as somebody pasted it.
///
/// Nothing is logged, also where a service runs in this process: all that there is to say stands in the report.
pub async fn examine(config: &Config, warnings: Vec<Warning>, presented: Option<String>) -> Report {
    examined(config, warnings, presented).with_subscriber(Dispatch::none()).await
}

async fn examined(config: &Config, warnings: Vec<Warning>, presented: Option<String>) -> Report {
    let mut findings: Vec<_> = warnings.iter().map(of_warning).collect();
    findings.extend(environment::examine(config));
    findings.extend(proxies::examine(config));
    findings.extend(origins::agree(config));
    findings.extend(export::examine(config));
    // Boxed: what they await is deep and large.
    let (over_http, in_stores) =
        join(of_better_auth(config, presented.as_deref()).boxed(), of_stores(config).boxed()).await;
    findings.extend(over_http);
    findings.extend(in_stores);
    Report::new(config, findings)
}

fn of_warning(warning: &Warning) -> Finding {
    Finding::warning(Area::Configuration, warning.to_string())
}

async fn of_better_auth(config: &Config, presented: Option<&str>) -> Vec<Finding> {
    let patient = match Patient::new(config) {
        Ok(patient) => patient,
        Err(error) => {
            let finding = Finding::broken(Area::Address, error.to_string());
            return vec![finding.remedy("Install this machine's certificate authorities")];
        }
    };
    let (mut findings, answer) = address::reach(&patient).await;
    let strategies = of_strategies(&patient, presented).await;
    if let Some(answer) = &answer {
        findings.push(clock::examine(&patient, answer));
        findings.extend(address::base_url(&patient, strategies.is_jwt_accepted.is_none()).await);
        findings.extend(secret::examine(&patient).await);
        findings.extend(origins::examine(&patient).await);
    }
    if config.depends_on(Dependency::KeySet) {
        findings.extend(key_set::examine(&patient).await);
    }
    findings.extend(strategies.findings);
    findings
}

/// Builds the strategies as the service does, and looks what they hear and how they judge.
async fn of_strategies(patient: &Patient<'_>, presented: Option<&str>) -> Judged {
    let config = patient.config;
    let lifecycle = Lifecycle::quiet();
    // Whoever asked may not wait for the end.
    let _ended = lifecycle.drop_guard();
    let chain = config.chain(&Revocations::with_clock(patient.clock), &lifecycle.spawner(), None).await;
    // What keeps it from being built is found where it lies.
    let findings = match chain {
        Ok(chain) => with_chain(patient, &chain, presented, &lifecycle).await,
        Err(_) => Judged::default(),
    };
    lifecycle.end(Instant::now() + END).await;
    findings
}

async fn with_chain(
    patient: &Patient<'_>,
    chain: &Chain,
    presented: Option<&str>,
    lifecycle: &Lifecycle,
) -> Judged {
    let config = patient.config;
    let watch =
        Watch::begin(chain, &config.places(), config.revocation.hook_secret.is_some(), lifecycle).await;
    let mut judged = match presented {
        Some(presented) => credential::examine(patient, chain, presented).await,
        None => Judged::default(),
    };
    judged.findings.extend(revocation::examine(config, &watch).await);
    judged
}

async fn of_stores(config: &Config) -> Vec<Finding> {
    let mut findings = own_tables::examine(config).await;
    if config.depends_on(Dependency::Tables) {
        findings.extend(tables::examine(config, Clock::System).await);
    }
    if config.depends_on(Dependency::Redis) {
        findings.extend(redis::examine(config).await);
    }
    findings
}
