//! A live credential, as a browser or an app holds it: the surest test of all.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{
    finding::{Area, Finding, Level},
    patient::Patient,
    presented::Presented,
};
use crate::{
    authenticator::{Authenticator, RequestHead},
    config::{Dependency, StrategyKind},
    error::{AuthError, Refusal, Unverified},
    identity::Identity,
    judgement::{Check, Observer, Step},
    strategy::Chain,
};

/// More than two clocks that are kept differ.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// What came of judging.
#[derive(Default)]
pub struct Judged {
    pub findings: Vec<Finding>,
    /// Whether a JWT that Better Auth has just made is accepted, where it made one.
    pub is_jwt_accepted: Option<bool>,
}

/// Has the strategies judge it, asks Better Auth itself, and compares. `chain` is that of the configuration.
pub async fn examine(patient: &Patient<'_>, chain: &Chain, presented: &Presented) -> Judged {
    let mut judged = Judged::default();
    let Some(headers) = presented.headers() else {
        judged.findings.push(
            Finding::warning(Area::Credential, "what came on standard input can be no header").remedy(
                "Give one line: `name=value` of the session cookie, as the browser's developer tools show it",
            ),
        );
        return judged;
    };
    // get-session knows no JWT.
    let known = if presented.is_jwt() { None } else { ask(patient, presented, "get-session").await };
    judged.findings.push(of_session(patient, chain, presented, &headers, known.as_ref()).await);
    if presented.name == header::COOKIE && patient.config.depends_on(Dependency::KeySet) {
        let token = ask(patient, presented, "token").await;
        if let Some(token) = token.as_ref().and_then(|token| token["token"].as_str()) {
            let finding = of_jwt(patient, chain, token).await;
            judged.is_jwt_accepted = Some(finding.level == Level::Fine);
            judged.findings.push(finding);
        }
    }
    judged
}

/// What one of Better Auth's routes answers to it. Nothing is refreshed.
async fn ask(patient: &Patient<'_>, presented: &Presented, route: &str) -> Option<Value> {
    let query = [("disableRefresh", "true"), ("disableCookieCache", "true")];
    let with = (presented.name.clone(), presented.value.expose_secret());
    let answer = patient.site.get_with(route, &query, Some(with)).await.ok()?;
    (answer.status == StatusCode::OK).then(|| serde_json::from_slice(&answer.body).ok())?
}

async fn of_session(
    patient: &Patient<'_>,
    chain: &Chain,
    presented: &Presented,
    headers: &HeaderMap,
    known: Option<&Value>,
) -> Finding {
    let is_live = known.map(|known| !known.is_null());
    match judge(patient, chain, headers).await {
        (Ok(Some(identity)), _) if is_live == Some(false) && identity.session.is_some() => Finding::broken(
            Area::Credential,
            format!("{} accepts the credential, and Better Auth says that its session has ended", identity.strategy),
        )
        .key("strategies")
        .remedy(
            "Where Better Auth has `secondaryStorage` with preserveSessionInDatabase, rows outlive their sessions: use \
             secondary_storage. A cookie cache lives on until it expires. Otherwise look whether this database is Better Auth's",
        ),
        (Ok(Some(identity)), _) => accepted(patient, &identity, known),
        (Ok(None), _) => unread(patient, presented),
        (Err(error), checks) => refused(&error, &checks, is_live),
    }
}

async fn of_jwt(patient: &Patient<'_>, chain: &Chain, token: &str) -> Finding {
    let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) else {
        return Finding::unknown(Area::KeySet, "Better Auth's JWT can be no header");
    };
    value.set_sensitive(true);
    let headers = [(header::AUTHORIZATION, value)].into_iter().collect();
    match judge(patient, chain, &headers).await {
        (Ok(_), _) => Finding::fine(Area::KeySet, "a JWT that Better Auth has just made is accepted"),
        (Err(error), checks) => {
            let refused = refused(&error, &checks, Some(true));
            Finding {
                area: Area::KeySet,
                found: format!("a JWT that Better Auth has just made: {}", refused.found),
                ..refused
            }
        }
    }
}

/// The checks that failed.
#[derive(Default)]
struct Failed(Arc<Mutex<Vec<Check>>>);

impl Observer for Failed {
    fn step(&self, step: &Step<'_>) {
        if let Step::Checked(check) = step
            && check.outcome.is_err()
        {
            self.0.lock().push(check.clone());
        }
    }
}

async fn judge(
    patient: &Patient<'_>,
    chain: &Chain,
    headers: &HeaderMap,
) -> (Result<Option<Identity>, AuthError>, Vec<Check>) {
    let failed = Failed::default();
    let checks = failed.0.clone();
    let authenticator = Authenticator::new(patient.config.carriers(), chain.clone())
        .with_clock(patient.clock)
        .with_observer(failed);
    let outcome =
        authenticator.authenticate(RequestHead { method: &Method::GET, headers, client: None }).await;
    let checks = checks.lock().clone();
    (outcome, checks)
}

fn accepted(patient: &Patient<'_>, identity: &Identity, known: Option<&Value>) -> Finding {
    let ends = known.and_then(|known| known["session"]["expiresAt"].as_str());
    let ends = ends.and_then(|date| DateTime::parse_from_rfc3339(date).ok()).map(|date| date.to_utc());
    // A cookie cache has an end of its own.
    if let Some(ends) = ends.filter(|_| identity.strategy == StrategyKind::SessionTable.name())
        && (identity.expires_at - ends).abs() > SKEW
    {
        return other_zone(patient, identity.expires_at, ends);
    }
    let found = format!("{} accepts the credential, until {}", identity.strategy, identity.expires_at);
    Finding::fine(Area::Credential, found)
}

fn other_zone(patient: &Patient<'_>, ours: DateTime<Utc>, theirs: DateTime<Utc>) -> Finding {
    let minutes = (ours - theirs).num_minutes();
    let direction = if minutes > 0 { "later" } else { "earlier" };
    Finding::broken(
        Area::Credential,
        format!(
            "the session is taken to end {} minutes {direction} than Better Auth says: its dates are read in another time zone \
             than they are written in",
            minutes.abs()
        ),
    )
    .key("session_table.time_zone")
    .expected(format!("the zone of Better Auth's process, and not {}", patient.config.kinds.session_table.time_zone))
    .remedy("Set session_table.time_zone to the TZ of Better Auth's process")
}

fn unread(patient: &Patient<'_>, presented: &Presented) -> Finding {
    let ours = patient.config.better_auth.session_cookies.join(" or ");
    // Of other names nothing is shown: what was pasted may be no cookie at all, but a token.
    let names: Vec<_> =
        presented.cookie_names().into_iter().filter(|name| name.ends_with("session_token")).collect();
    let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    Finding::broken(Area::Credential, format!("none of the cookies that were given is read here{names}"))
        .key("better_auth.cookie_prefix")
        .expected(ours)
        .remedy(
            "Set better_auth.cookie_prefix or better_auth.cookie_name to what the session cookie is called; a cookie without \
             `__Secure-` is read where better_auth.url is http",
        )
}

/// `is_live` is what Better Auth itself says, where it says something.
fn refused(error: &AuthError, checks: &[Check], is_live: Option<bool>) -> Finding {
    if is_live == Some(false) {
        return Finding::unknown(
            Area::Credential,
            format!(
                "the credential is refused ({error}), and Better Auth itself knows no live session of it"
            ),
        )
        .remedy("Sign in, and give a fresh cookie");
    }
    let Some(check) = checks.last() else {
        let is_unclaimed = matches!(error, AuthError::Unverified(Unverified::Refused(Refusal::Unclaimed)));
        let finding = Finding::broken(Area::Credential, format!("the credential is not accepted: {error}"));
        return if is_unclaimed {
            finding.key("strategies").remedy(
                "No strategy in use reads credentials of this form: session cookies need session_table, secondary_storage or \
                 get_session, JWTs need jwt",
            )
        } else {
            finding.remedy("The other findings say what is out of reach")
        };
    };
    let (key, remedy) = mending(check);
    let found = format!("the credential is not accepted: {}, found {}", check.what, found(check));
    let finding = Finding::broken(Area::Credential, found).key(key).remedy(remedy);
    match &check.expected {
        Some(expected) => finding.expected(expected.clone()),
        None => finding,
    }
}

fn found(check: &Check) -> String {
    let cause = check.outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
    check.found.clone().unwrap_or(cause)
}

/// The key that decides a check, and what to do.
fn mending(check: &Check) -> (&'static str, String) {
    let found = found(check);
    match (check.what, check.outcome.as_ref().err()) {
        ("issuer", _) => ("jwt.issuers", format!("Set jwt.issuers = [{found}], or better_auth.url to Better Auth's baseURL")),
        ("audience", _) => {
            ("jwt.audiences", format!("Set jwt.audiences = [{found}], or better_auth.url to Better Auth's baseURL"))
        }
        ("algorithm" | "algorithm of the key", _) => {
            ("jwt.algorithms", format!("Add {found} to jwt.algorithms"))
        }
        (_, Some(Refusal::TooLongLived)) => {
            ("jwt.max_lifetime", "Raise jwt.max_lifetime, or lower `expirationTime` of Better Auth's jwt plugin".to_owned())
        }
        ("validity", Some(Refusal::Expired)) => (
            "jwt.leeway",
            "Look at `expirationTime` of Better Auth's jwt plugin: a number is an instant there, \"15m\" a duration; and at \
             the clocks"
                .to_owned(),
        ),
        ("validity", _) => ("jwt.leeway", "Keep both machines' clocks right (NTP)".to_owned()),
        ("key in the published key set" | "signature by the only key that fits" | "signature", _) => {
            ("jwt.jwks_url", "Set jwt.jwks_url to the keys of the Better Auth that signs".to_owned())
        }
        ("signature of the session token" | "signature of the cookie cache", _) => (
            "better_auth.secret",
            "Set better_auth.secret (BETTER_AUTH_SECRET) to the secret that Better Auth runs with".to_owned(),
        ),
        ("version of the cookie cache", _) => {
            ("session_cookie_cache.version", "Set it to Better Auth's session.cookieCache.version".to_owned())
        }
        ("session in the table", _) => (
            "session_table.database_url",
            "Better Auth knows this session, and the table does not hold it: point session_table.database_url at Better Auth's \
             own database; where it keeps its sessions in Redis (`secondaryStorage`), use secondary_storage"
                .to_owned(),
        ),
        ("session in Redis", _) => (
            "secondary_storage.url",
            "Better Auth knows this session, and Redis does not hold it: look at secondary_storage.url and .key_prefix; where \
             Better Auth has session.storeSessionInDatabase, set secondary_storage.store_session_in_database = true"
                .to_owned(),
        ),
        ("end of the session", _) => {
            ("session_table.time_zone", "Set it to the TZ of Better Auth's process, or look at the clocks".to_owned())
        }
        _ => ("strategies", "Compare what was found with what is expected".to_owned()),
    }
}
