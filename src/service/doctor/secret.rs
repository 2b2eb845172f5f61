//! Whether Better Auth signs with the secret that is known here; with that also what it calls its cookies, and whether it takes
//! bearers.
//!
//! Its answers to a made-up session token tell: see [`Routes::taken_back`](crate::better_auth::taken_back::Routes::taken_back).

use http::header;

use super::{
    bearer, cookie,
    finding::{Area, Finding},
    patient::Patient,
};
use crate::{
    better_auth::{Secrets, SigningKeys, taken_back::made_up_token},
    chance::Chance,
    config::{BetterAuth, Config, StrategyKind},
    credential::SECURE_PREFIX,
};

const SECRET: &str = "better_auth.secret";
const DEFAULT: &str = "better-auth.session_token";

/// What Better Auth accepts.
pub struct Accepted {
    /// Which of the secrets signed, the current one being the first.
    pub secret: usize,
    /// The names of the cookies that it took back: the session cookie and those that go with it.
    pub names: Vec<String>,
}

/// Asks Better Auth about the secret, the cookies and the bearer plugin.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let Some(secrets) = &patient.config.better_auth.secrets else { return Vec::new() };
    let mut findings = Vec::new();
    let candidates = candidates(&patient.config.better_auth);
    match accepted(patient, secrets, &candidates).await {
        Err(Inconclusive) => findings.push(
            Finding::unknown(
                Area::Secret,
                "Better Auth did not say whether it accepts what better_auth.secret signs",
            )
            .key(SECRET)
            .remedy("Give doctor a live session cookie on standard input, or run it again in a minute"),
        ),
        Ok(None) => findings.push(not_accepted(&candidates)),
        Ok(Some(accepted)) => {
            findings.push(signed_by(patient.config, &accepted));
            findings.extend(cookie::names(patient.config, &accepted, &candidates));
            if patient.config.in_use().into_iter().any(StrategyKind::claims_session_tokens) {
                findings.push(bearer::examine(patient, secrets, &accepted).await);
            }
        }
    }
    findings
}

/// Better Auth answered with a failure, or that it is asked too often.
struct Inconclusive;

async fn accepted(
    patient: &Patient<'_>,
    secrets: &Secrets,
    candidates: &[String],
) -> Result<Option<Accepted>, Inconclusive> {
    let routes = patient.site.routes();
    for (at, secret) in secrets.all().enumerate() {
        let cookie = signed(secret, &made_up_token(Chance::SYSTEM));
        let cookies: Vec<_> = candidates.iter().map(|name| format!("{name}={cookie}")).collect();
        let names = routes.taken_back(patient.site.outbound(), header::COOKIE, &cookies.join("; ")).await;
        let names = names.ok_or(Inconclusive)?;
        if !names.is_empty() {
            return Ok(Some(Accepted { secret: at, names }));
        }
    }
    Ok(None)
}

/// Names that the session cookie has or could have by mistake, those that are expected first.
fn candidates(better_auth: &BetterAuth) -> Vec<String> {
    let mut candidates = better_auth.session_cookies.clone();
    let bare: Vec<_> = candidates
        .iter()
        .map(|name| name.strip_prefix(SECURE_PREFIX).unwrap_or(name).to_owned())
        .chain([DEFAULT.to_owned()])
        .collect();
    for name in bare {
        for name in [format!("{SECURE_PREFIX}{name}"), name] {
            if !candidates.contains(&name) {
                candidates.push(name);
            }
        }
    }
    candidates
}

/// As it stands in a cookie, and in a bearer of every line of Better Auth.
pub fn signed(secret: &str, token: &str) -> String {
    let keys = SigningKeys::new([secret].into_iter());
    keys.session_cookies(token).next().expect("one for the key")
}

fn not_accepted(candidates: &[String]) -> Finding {
    Finding::broken(
        Area::Secret,
        format!(
            "Better Auth accepts no session cookie that better_auth.secret has signed: either the secret is another one there, or \
             the cookie has another name than {}",
            candidates.join(", ")
        ),
    )
    .key(SECRET)
    .expected("the secret that Better Auth runs with, and its name for the session cookie")
    .remedy(
        "Look at the cookies of a signed-in browser. If one of these names is there, set better_auth.secret \
         (BETTER_AUTH_SECRET; BETTER_AUTH_SECRETS where Better Auth has several) to Better Auth's secret. If not, set \
         better_auth.cookie_prefix to Better Auth's advanced.cookiePrefix, or better_auth.cookie_name to its \
         advanced.cookies.session_token.name",
    )
}

fn signed_by(config: &Config, accepted: &Accepted) -> Finding {
    let accepts_older =
        config.better_auth.secrets.as_ref().is_some_and(|secrets| secrets.signing().count() > 1);
    if accepted.secret == 0 || accepts_older {
        return Finding::fine(Area::Secret, "Better Auth accepts what better_auth.secret signs").key(SECRET);
    }
    Finding::broken(
        Area::Secret,
        "Better Auth signs with one of the older secrets of this configuration, and what those sign is refused here",
    )
    .key("better_auth.secrets")
    .expected("Better Auth's current secret as the first of better_auth.secrets")
    .remedy(
        "Give both the same BETTER_AUTH_SECRETS, in the same order, and restart Better Auth; for the time between, \
         better_auth.accept_older_signatures = true",
    )
}
