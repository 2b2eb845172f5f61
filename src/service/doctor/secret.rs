//! Whether Better Auth signs with the secret that is known here, what it calls its cookies, and whether it takes bearers.
//!
//! Its answers to a made-up session token tell: see [`Routes::taken_back`](crate::better_auth::taken_back::Routes::taken_back).

use http::header;

use super::{
    finding::{Area, Finding},
    patient::Patient,
};
use crate::{
    better_auth::{Secrets, SigningKeys, taken_back::made_up_token},
    chance::Chance,
    config::{BetterAuth, Config, Dependency, StrategyKind},
};

const SECRET: &str = "better_auth.secret";
const DEFAULT: &str = "better-auth.session_token";
const SECURE: &str = "__Secure-";
/// Better Auth's own documentation asks for as many characters.
const MIN_LENGTH: usize = 32;

/// What Better Auth accepts.
struct Accepted {
    /// Which of the secrets signed, the current one being the first.
    secret: usize,
    /// The names of the cookies that it took back: the session cookie and those that go with it.
    names: Vec<String>,
}

/// Asks Better Auth about the secret, the cookies and the bearer plugin.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let Some(secrets) = &patient.config.better_auth.secrets else { return Vec::new() };
    let mut findings: Vec<_> = short(secrets).into_iter().collect();
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
            findings.extend(names(patient.config, &accepted, &candidates));
            if patient.config.in_use().into_iter().any(StrategyKind::claims_session_tokens) {
                findings.push(bearer(patient, secrets, &accepted).await);
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
        .map(|name| name.strip_prefix(SECURE).unwrap_or(name).to_owned())
        .chain([DEFAULT.to_owned()])
        .collect();
    for name in bare {
        for name in [format!("{SECURE}{name}"), name] {
            if !candidates.contains(&name) {
                candidates.push(name);
            }
        }
    }
    candidates
}

/// As it stands in a cookie, and in a bearer of every line of Better Auth.
fn signed(secret: &str, token: &str) -> String {
    let keys = SigningKeys::new([secret].into_iter());
    keys.session_cookies(token).next().expect("one for the key")
}

fn short(secrets: &Secrets) -> Option<Finding> {
    let length = secrets.all().next()?.chars().count();
    (length < MIN_LENGTH).then(|| {
        Finding::warning(Area::Secret, format!("Better Auth's secret has only {length} characters"))
            .key(SECRET)
            .expected(format!("{MIN_LENGTH} or more, made by chance"))
            .remedy(
                "Give Better Auth and this service a new one, such as of `openssl rand -base64 32`: who guesses it can sign \
                 in as anybody",
            )
    })
}

fn not_accepted(candidates: &[String]) -> Finding {
    Finding::broken(
        Area::Secret,
        format!(
            "Better Auth accepts no session cookie that better_auth.secret has signed; it was sent as {}",
            candidates.join(", ")
        ),
    )
    .key(SECRET)
    .expected("the secret that Better Auth runs with")
    .remedy(
        "Set better_auth.secret (BETTER_AUTH_SECRET; BETTER_AUTH_SECRETS where Better Auth has several) to that secret. If it \
         is the same, the cookie has a name of its own there: set better_auth.cookie_prefix (advanced.cookiePrefix) or \
         better_auth.cookie_name (advanced.cookies.session_token.name)",
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

/// Compares the names of the cookies.
fn names(config: &Config, accepted: &Accepted, candidates: &[String]) -> Vec<Finding> {
    let ours = &config.better_auth.session_cookies;
    let mut findings = Vec::new();
    if let Some(name) = candidates.iter().find(|name| accepted.names.contains(name)) {
        findings.push(if ours.contains(name) {
            let found = format!("Better Auth's session cookie is called `{name}`, which is read here");
            Finding::fine(Area::Cookie, found).key("better_auth.cookie_prefix")
        } else {
            other_name(config, name)
        });
    }
    if config.depends_on(Dependency::CookieCache) {
        findings.push(cookie_cache(config, accepted));
    }
    findings
}

fn other_name(config: &Config, name: &str) -> Finding {
    let ours = config.better_auth.session_cookies.join(" or ");
    let finding = Finding::broken(
        Area::Cookie,
        format!("Better Auth's session cookie is called `{name}`, and only `{ours}` is read here"),
    );
    let secure = format!("{SECURE}{name}");
    if config.better_auth.session_cookies.contains(&secure) {
        return finding.key("better_auth.url").expected(secure.clone()).remedy(format!(
            "Give Better Auth its https baseURL (BETTER_AUTH_URL), without `useSecureCookies: false`: then its cookie is \
             `{secure}`, which no sibling site can plant. Only where that cannot be, set better_auth.allow_plain_cookie = true"
        ));
    }
    let bare = name.strip_prefix(SECURE).unwrap_or(name);
    match bare.strip_suffix(".session_token") {
        Some(prefix) => finding.key("better_auth.cookie_prefix").expected(ours).remedy(format!(
            "Set better_auth.cookie_prefix = {prefix:?}, and leave better_auth.cookie_name empty"
        )),
        None => finding
            .key("better_auth.cookie_name")
            .expected(ours)
            .remedy(format!("Set better_auth.cookie_name = {bare:?}")),
    }
}

/// Better Auth takes the cookie cache back together with the session cookie, whether it writes one or not.
fn cookie_cache(config: &Config, accepted: &Accepted) -> Finding {
    let ours = &config.kinds.session_cookie_cache.cookies;
    let key = "session_cookie_cache.cookie_name";
    let is_ours = |name: &&String| ours.contains(name);
    if let Some(name) = accepted.names.iter().find(is_ours) {
        let found = format!("Better Auth's cookie cache would be called `{name}`, which is read here");
        return Finding::fine(Area::Cookie, found).key(key);
    }
    let theirs: Vec<_> = accepted.names.iter().filter(|name| name.contains("session_data")).collect();
    let finding =
        Finding::broken(Area::Cookie, "Better Auth's cookie cache has another name than is read here")
            .key(key)
            .expected(ours.join(" or "));
    match &*theirs {
        [name] => {
            let bare = name.strip_prefix(SECURE).unwrap_or(name);
            finding.remedy(format!("Set session_cookie_cache.cookie_name = {bare:?}"))
        }
        _ => finding.remedy(format!(
            "Set session_cookie_cache.cookie_name to Better Auth's advanced.cookies.session_data.name; beside the session \
             cookie it takes back {}",
            accepted.names.join(", ")
        )),
    }
}

/// What Better Auth and this service make of session tokens as bearer.
async fn bearer(patient: &Patient<'_>, secrets: &Secrets, accepted: &Accepted) -> Finding {
    let (routes, outbound) = (patient.site.routes(), patient.site.outbound());
    let secret = secrets.all().nth(accepted.secret).unwrap_or_default();
    let ask = async |token: &str| {
        let names = routes.taken_back(outbound, header::AUTHORIZATION, &format!("Bearer {token}")).await;
        names.map(|names| !names.is_empty())
    };
    let token = made_up_token(Chance::SYSTEM);
    match (ask(&signed(secret, &token)).await, ask(&token).await) {
        (Some(takes_signed), Some(takes_raw)) => posture(patient.config, takes_signed, takes_raw),
        _ => Finding::unknown(
            Area::Bearer,
            "Better Auth did not say whether it takes session tokens as bearer",
        )
        .remedy("Run doctor again in a minute"),
    }
}

fn posture(config: &Config, takes_signed: bool, takes_raw: bool) -> Finding {
    let raw_tokens = config.better_auth.raw_tokens;
    let key = "better_auth.raw_tokens";
    if !takes_signed && !takes_raw {
        if raw_tokens {
            return Finding::warning(
                Area::Bearer,
                "this service accepts unsigned session tokens as bearer, and Better Auth takes no bearer at all",
            )
            .key(key)
            .expected("false")
            .remedy("Set better_auth.raw_tokens = false, or add the plugin bearer() to Better Auth");
        }
        if config.in_use().contains(&StrategyKind::GetSession) {
            return Finding::warning(
                Area::Bearer,
                "Better Auth takes no session token as bearer, so get_session refuses each with 401",
            )
            .key("strategies")
            .remedy("Add the plugin bearer() to Better Auth, if apps send their session token as bearer");
        }
        return Finding::fine(
            Area::Bearer,
            "Better Auth takes no session token as bearer (it has no plugin bearer); here, signed ones are accepted",
        );
    }
    if raw_tokens && !takes_raw {
        return Finding::warning(
            Area::Bearer,
            "this service accepts unsigned session tokens, and Better Auth does not (`requireSignature`)",
        )
        .key(key)
        .expected("false")
        .remedy("Set better_auth.raw_tokens = false: who can read the database could act as anybody");
    }
    if takes_raw && !raw_tokens {
        return Finding::fine(
            Area::Bearer,
            "session tokens are accepted as bearer where they are signed (header `set-auth-token`); Better Auth also takes \
             unsigned ones (`token` of its sign-in), which get 401 here",
        );
    }
    Finding::fine(Area::Bearer, "Better Auth and this service accept the same session tokens as bearer")
}
