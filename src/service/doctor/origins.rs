//! Whose pages may do what, here and at Better Auth.

use http::StatusCode;

use super::{
    finding::{Area, Finding},
    patient::Patient,
};
use crate::config::{Config, StrategyKind};

/// Each is asked for by itself.
const MAX_ASKED: usize = 20;
/// Nobody trusts it (RFC 2606).
const STRANGER: &str = "https://doctor.invalid";

/// What the configuration says of origins by itself.
pub fn agree(config: &Config) -> Vec<Finding> {
    let (cors, trusted) = (&config.cors.origins, &config.better_auth.trusted_origins);
    if !reads_cookies(config) {
        return Vec::new();
    }
    let read_only = cors.iter().filter(|origin| !trusted.contains(origin));
    read_only
        .map(|origin| {
            Finding::warning(
                Area::Origins,
                format!("pages of {origin} may read answers, and may not use the cookie to change anything (403)"),
            )
            .key("better_auth.trusted_origins")
            .expected(format!("a list with {origin:?}"))
            .remedy(format!(
                "Add {origin:?} to better_auth.trusted_origins, or take it out of cors.origins if its pages have no business \
                 here"
            ))
        })
        .collect()
}

fn reads_cookies(config: &Config) -> bool {
    config
        .in_use()
        .into_iter()
        .any(|kind| kind.claims_session_tokens() || kind == StrategyKind::SessionCookieCache)
}

/// Asks Better Auth whether it trusts the front ends that are trusted here. It holds the address that a broken link of its
/// mails is to lead to against its own list.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let config = patient.config;
    let own = config.better_auth.origin();
    let all = config.better_auth.trusted_origins.iter().chain(&config.cors.origins);
    let mut others: Vec<_> = all.filter(|origin| **origin != own).collect();
    others.sort();
    others.dedup();
    match is_trusted(patient, STRANGER).await {
        Some(false) => {}
        Some(true) => {
            return vec![
                Finding::warning(Area::Origins, "Better Auth trusts every origin (`disableOriginCheck`)")
                    .key("better_auth.trusted_origins")
                    .remedy("Let Better Auth check origins, and list the front ends in its `trustedOrigins`"),
            ];
        }
        None => {
            return vec![Finding::unknown(Area::Origins, "Better Auth did not say which origins it trusts")];
        }
    }
    let mut findings = Vec::new();
    for origin in others.iter().take(MAX_ASKED) {
        if is_trusted(patient, origin).await == Some(false) {
            findings.push(
                Finding::warning(
                    Area::Origins,
                    format!("Better Auth does not trust {origin}: from its pages nobody can sign in"),
                )
                .key("better_auth.trusted_origins")
                .expected(format!("`trustedOrigins` of Better Auth with {origin:?}"))
                .remedy(format!(
                    "Add {origin:?} to Better Auth's `trustedOrigins`, as it is a front end's here"
                )),
            );
        }
    }
    if findings.is_empty() {
        let found = match others.len() {
            0 => format!("only pages of {own} may use the cookie to change something"),
            _ => "Better Auth trusts the front ends that are trusted here".to_owned(),
        };
        findings.push(Finding::fine(Area::Origins, found).key("better_auth.trusted_origins"));
    }
    findings
}

async fn is_trusted(patient: &Patient<'_>, origin: &str) -> Option<bool> {
    let query = [("token", "doctor"), ("callbackURL", origin)];
    let answer = patient.site.get("verify-email", &query).await.ok()?;
    match answer.status {
        StatusCode::FORBIDDEN => Some(false),
        status if status.is_redirection() || status == StatusCode::UNAUTHORIZED => Some(true),
        _ => None,
    }
}
