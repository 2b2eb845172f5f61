//! The short form that runs when the service starts: what one can see from outside, for the log.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    address, clock,
    finding::{Finding, Level},
    key_set,
    patient::Patient,
    secret,
    site::Answer,
};
use crate::config::{Config, Dependency, StrategyKind};

/// The start itself comes first.
const PAUSE: Duration = Duration::from_secs(1);
/// Better Auth may start later than this service: by then it is there, or something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long until it is asked again; where it stays away, ever more rarely.
const AGAIN: Duration = Duration::from_secs(5);
const RARELY: Duration = Duration::from_mins(10);

/// Compares the configuration with Better Auth as soon as that answers, and logs what is wrong.
pub async fn at_start(config: Config) {
    let Ok(patient) = Patient::new(&config) else { return };
    sleep(PAUSE).await;
    let answer = reached(&patient).await;
    log(&clock::examine(&patient, &answer));
    // What stands in its tokens nobody has seen yet.
    address::base_url(&patient, false).await.iter().for_each(log);
    // That strategy finds out by itself.
    if !config.in_use().contains(&StrategyKind::GetSession) {
        secret::examine(&patient).await.iter().for_each(log);
    }
    if config.depends_on(Dependency::KeySet) {
        key_set::examine(&patient).await.iter().for_each(log);
    }
}

/// Better Auth's first answer, however long that takes. Why there is none yet is looked into and logged once.
async fn reached(patient: &Patient<'_>) -> Answer {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(answer) = address::answer(patient).await {
            return answer;
        }
        sleep(AGAIN).await;
    }
    let (findings, answer) = address::reach(patient).await;
    findings.iter().for_each(log);
    if let Some(answer) = answer {
        return answer;
    }
    let mut pause = AGAIN;
    loop {
        sleep(pause).await;
        pause = RARELY.min(pause * 2);
        if let Some(answer) = address::answer(patient).await {
            return answer;
        }
    }
}

fn log(finding: &Finding) {
    let Finding { level, area, key, found, expected, remedy, .. } = finding;
    if !matches!(level, Level::Broken | Level::Warning) {
        return;
    }
    let expected = expected.as_ref().map(|expected| format!(", expected {expected}")).unwrap_or_default();
    let remedy = remedy.as_ref().map(|remedy| format!(". {remedy}")).unwrap_or_default();
    tracing::warn!(key = key.as_deref(), "doctor: {}: {found}{expected}{remedy}", area.name());
}
