//! How late a sign-out is seen, and from what.

use std::sync::Arc;

use super::finding::{Area, Finding};
use crate::{
    app::{announcement, readiness::Watch},
    config::Config,
    revocation::Hearing,
    strategy::Freshness,
};

/// What the service would say at its start of each strategy.
pub async fn examine(config: &Config, watch: &Watch) -> Vec<Finding> {
    announcement::settle(watch).await;
    let mut findings: Vec<_> =
        watch.states().map(|(name, _, freshness)| of(name, &freshness, watch)).collect();
    let honours =
        watch.states().any(|(_, _, freshness)| freshness.within.is_none() && freshness.honours_revocations);
    if honours && config.revocation.hook_secret.is_some() && !config.revocation.persist {
        findings.push(
            Finding::warning(Area::Revocation, "a restart forgets whose tokens were cut off")
                .key("revocation.persist")
                .expected("true")
                .remedy("Run `better-auth-verifier migrate` and set revocation.persist = true"),
        );
    }
    findings
}

fn of(name: &str, freshness: &Freshness, watch: &Watch) -> Finding {
    let found = format!(
        "{name}: a sign-out is seen {}",
        announcement::seen(freshness, &announcement::tellers(watch))
    );
    let reasons = |hearing: Hearing| -> Vec<Arc<str>> {
        let feeds = freshness.feeds.iter().filter(|feed| feed.hearing == hearing);
        feeds.filter_map(|feed| feed.reason.clone()).collect()
    };
    let (lost, unsupported) = (reasons(Hearing::Lost), reasons(Hearing::Unsupported));
    if !lost.is_empty() {
        return Finding::warning(
            Area::Revocation,
            format!("{found}; what should tell is not heard: {}", lost.join("; ")),
        )
        .remedy("Until it is heard each request asks the store. Look whether the store can be reached");
    }
    let finding = Finding::fine(Area::Revocation, found);
    if unsupported.is_empty() {
        return finding;
    }
    finding.remedy(format!("To have it seen at once: {}", unsupported.join("; ")))
}
