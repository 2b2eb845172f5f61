//! A live credential, as a browser or an app holds it: the surest test of all.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    finding::{Area, Finding, Level},
    patient::Patient,
    secret::signed,
};
use crate::{
    authenticator::{Authenticator, RequestHead},
    config::{Dependency, StrategyKind},
    credential::{Carrier, Credential},
    error::{AuthError, Refusal, Unverified},
    identity::Identity,
    judgement::{Check, Observer, Step},
    service::explain::Pasted,
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

/// What Better Auth itself makes of a credential.
#[derive(Default)]
struct Known {
    /// Its answer of get-session; nothing where it does not say.
    session: Option<Value>,
    /// The cookies by which it was asked, if it was so.
    cookies: Option<String>,
    /// Whether it knows the token as a cookie, and not as the bearer that was given.
    only_as_cookie: bool,
}

/// Has the strategies judge it, asks Better Auth itself, and compares. `chain` is that of the configuration; `presented` is what
/// somebody pasted.
pub async fn examine(patient: &Patient<'_>, chain: &Chain, presented: &str) -> Judged {
    let mut judged = Judged::default();
    let Pasted { headers, .. } = match Pasted::read(presented) {
        Ok(pasted) => pasted,
        Err(error) => {
            judged.findings.push(
                Finding::warning(Area::Credential, format!("standard input cannot be read: {error}")).remedy(
                    "Give one line: `name=value` of the session cookie, as the browser's developer tools show it",
                ),
            );
            return judged;
        }
    };
    let known = known(patient, &headers).await;
    judged.findings.push(of_session(patient, chain, &headers, known.session.as_ref()).await);
    if known.only_as_cookie {
        judged.findings.push(Finding::fine(
            Area::Bearer,
            "Better Auth does not take this token as bearer (it has no plugin bearer, or wants it signed), and knows it as a cookie",
        ));
    }
    if let Some(cookies) = known.cookies.filter(|_| patient.config.depends_on(Dependency::KeySet)) {
        let token = ask(patient, "token", (header::COOKIE, &cookies)).await;
        if let Some(token) = token.as_ref().and_then(|token| token["token"].as_str()) {
            let finding = of_jwt(patient, chain, token).await;
            judged.is_jwt_accepted = Some(finding.level == Level::Fine);
            judged.findings.push(finding);
        }
    }
    judged
}

async fn known(patient: &Patient<'_>, headers: &HeaderMap) -> Known {
    let credential = patient.config.carriers().read(&Method::GET, headers).ok().flatten();
    if let Some(credential) = credential.filter(|credential| credential.carrier() != Carrier::Cookie) {
        return known_bearer(patient, &credential).await;
    }
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).map(str::to_owned);
    let Some(cookies) = cookies else { return Known::default() };
    let session = ask(patient, "get-session", (header::COOKIE, &cookies)).await;
    Known { session, cookies: Some(cookies), only_as_cookie: false }
}

/// Without its plugin bearer Better Auth knows cookies alone, and the same token in one. It knows no JWT and no key.
async fn known_bearer(patient: &Patient<'_>, credential: &Credential) -> Known {
    let Some(token) = credential.session_token() else { return Known::default() };
    let bearer = format!("Bearer {}", credential.token());
    let session = ask(patient, "get-session", (header::AUTHORIZATION, &bearer)).await;
    if session.as_ref().is_none_or(|session| !session.is_null()) {
        return Known { session, ..Known::default() };
    }
    let value = match (token.signature(), &patient.config.better_auth.secrets) {
        (Some(signature), _) => {
            utf8_percent_encode(&format!("{}.{signature}", token.token()), NON_ALPHANUMERIC).to_string()
        }
        (None, Some(secrets)) => signed(secrets.all().next().unwrap_or_default(), token.token()),
        (None, None) => return Known { session, ..Known::default() },
    };
    let names = &patient.config.better_auth.session_cookies;
    let cookies: Vec<_> = names.iter().map(|name| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    match ask(patient, "get-session", (header::COOKIE, &cookies)).await.filter(|session| !session.is_null()) {
        Some(session) => Known { session: Some(session), cookies: Some(cookies), only_as_cookie: true },
        None => Known { session, ..Known::default() },
    }
}

/// What one of Better Auth's routes answers to a header. Nothing is refreshed.
async fn ask(patient: &Patient<'_>, route: &str, (name, value): (HeaderName, &str)) -> Option<Value> {
    let query = [("disableRefresh", "true"), ("disableCookieCache", "true")];
    let answer = patient.site.get_with(route, &query, Some((name, value))).await.ok()?;
    (answer.status == StatusCode::OK).then(|| serde_json::from_slice(&answer.body).ok())?
}

async fn of_session(
    patient: &Patient<'_>,
    chain: &Chain,
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
        (Ok(None), _) => unread(patient, headers),
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

fn unread(patient: &Patient<'_>, headers: &HeaderMap) -> Finding {
    let ours = patient.config.better_auth.session_cookies.join(" or ");
    let names = patient.config.carriers().unread_session_cookies(headers);
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
