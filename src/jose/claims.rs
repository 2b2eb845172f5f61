//! The registered claims of a JWT and the rules for them (RFC 7519 section 4.1, RFC 8725 section 3).

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{error::Refusal, judgement::Trace};

/// Characters of a claim that a step shows: a stranger can send a long one.
const MAX_SHOWN: usize = 256;

/// The expected claims of a token.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Accepted `iss`; `None` accepts any and none.
    pub issuers: Option<Vec<String>>,
    /// Accepted `aud`; `None` accepts only tokens that are meant for nobody in particular (RFC 7519 section 4.1.3).
    pub audiences: Option<Vec<String>>,
    /// Whether `iat` must be there.
    pub issued_at: bool,
    pub leeway: Duration,
    /// Counted from `iat`.
    pub max_lifetime: Option<Duration>,
}

/// The claims of a token, typed; unverified until its signature is checked.
pub struct Claims {
    pub subject: String,
    /// Seconds since 1970; the beginning of time where a token that need not say it does not.
    pub issued_at: i64,
    pub expires_at: DateTime<Utc>,
    /// All of them, registered or not.
    pub members: Map<String, Value>,
}

impl Claims {
    /// Reads the claims of a payload and compares them with the expected ones at `now`.
    pub fn validate(
        payload: Map<String, Value>,
        expected: &Expectation,
        now: DateTime<Utc>,
        trace: &Trace,
    ) -> Result<Self, Refusal> {
        let is_sender_constrained = payload.contains_key("cnf");
        trace.check("no `cnf`", (!is_sender_constrained).then_some(()).ok_or(Refusal::SenderConstrained))?;
        trace.compare("issuer", expected.check_issuer(&payload), || {
            (shown(&payload, "iss"), names(expected.issuers.as_deref()))
        })?;
        trace.compare("audience", expected.check_audience(&payload), || {
            (shown(&payload, "aud"), names(expected.audiences.as_deref()))
        })?;
        let subject = text(&payload, "sub").filter(|subject| !subject.is_empty());
        let subject = trace.compare("subject", subject.ok_or(Refusal::InvalidClaim("sub")), || {
            (shown(&payload, "sub"), "a text that is not empty".to_owned())
        })?;
        let subject = subject.to_owned();
        let times =
            trace.compare("`exp`, `iat` and `nbf` are dates", Times::read(&payload, expected), || {
                let found = ["exp", "iat", "nbf"].map(|name| format!("{name} {}", shown(&payload, name)));
                (found.join(", "), expected.dates())
            })?;
        trace.compare("validity", times.validate(expected, now.timestamp()), || {
            (times.to_string(), expected.validity(now))
        })?;
        let expires_at = DateTime::from_timestamp(times.expires, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Self { subject, issued_at: times.issued, expires_at, members: payload })
    }
}

/// When a token was issued, begins and ends, in seconds since 1970.
struct Times {
    issued: i64,
    not_before: Option<i64>,
    expires: i64,
}

impl Times {
    fn read(payload: &Map<String, Value>, expected: &Expectation) -> Result<Self, Refusal> {
        let expires = date(payload, "exp")?.ok_or(Refusal::InvalidClaim("exp"))?;
        let issued = date(payload, "iat")?;
        if issued.is_none() && (expected.issued_at || expected.max_lifetime.is_some()) {
            return Err(Refusal::InvalidClaim("iat"));
        }
        Ok(Self { issued: issued.unwrap_or_default(), not_before: date(payload, "nbf")?, expires })
    }

    fn validate(&self, expected: &Expectation, now: i64) -> Result<(), Refusal> {
        let leeway = seconds(expected.leeway);
        if self.expires <= now.saturating_sub(leeway) {
            return Err(Refusal::Expired);
        }
        let latest_start = now.saturating_add(leeway);
        if self.issued > latest_start || self.not_before.is_some_and(|start| start > latest_start) {
            return Err(Refusal::NotYetValid);
        }
        if expected.max_lifetime.is_some_and(|ceiling| self.expires - self.issued > seconds(ceiling)) {
            return Err(Refusal::TooLongLived);
        }
        Ok(())
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let begins = self.not_before.map_or(self.issued, |start| start.max(self.issued));
        write!(f, "{} to {}", date(begins), date(self.expires))
    }
}

impl Expectation {
    fn check_issuer(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(ours) = &self.issuers else { return Ok(()) };
        let issuer = text(payload, "iss").ok_or(Refusal::InvalidClaim("iss"))?;
        ours.iter().any(|one| one == issuer).then_some(()).ok_or(Refusal::WrongIssuer)
    }

    /// For a wrong issuer or audience: the claim, the names found and those expected, in words.
    pub fn compared(
        &self,
        payload: &Map<String, Value>,
        cause: Refusal,
    ) -> Option<(&'static str, String, String)> {
        match cause {
            Refusal::WrongIssuer => Some(("iss", shown(payload, "iss"), names(self.issuers.as_deref()))),
            Refusal::WrongAudience => Some(("aud", shown(payload, "aud"), names(self.audiences.as_deref()))),
            _ => None,
        }
    }

    /// Which dates a token needs, in words.
    fn dates(&self) -> String {
        let needed = if self.issued_at || self.max_lifetime.is_some() { "`exp` and `iat`" } else { "`exp`" };
        format!("seconds since 1970; {needed} must be there")
    }

    /// When a token has to be valid, in words.
    fn validity(&self, now: DateTime<Utc>) -> String {
        let ceiling = self.max_lifetime.map(|ceiling| format!("; at most {ceiling:?} from `iat` to `exp`"));
        format!("{now} to lie inside, give or take {:?}{}", self.leeway, ceiling.unwrap_or_default())
    }

    fn check_audience(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(ours) = &self.audiences else {
            return if payload.contains_key("aud") { Err(Refusal::WrongAudience) } else { Ok(()) };
        };
        let meant = audiences(payload)?.iter().any(|audience| ours.iter().any(|one| one == audience));
        meant.then_some(()).ok_or(Refusal::WrongAudience)
    }
}

/// The beginning of a claim in a token that may be unverified.
fn shown(payload: &Map<String, Value>, name: &str) -> String {
    let text = payload.get(name).map_or_else(|| "none".to_owned(), Value::to_string);
    text.chars().take(MAX_SHOWN).collect()
}

fn names(accepted: Option<&[String]>) -> String {
    accepted.map_or_else(|| "none in particular".to_owned(), |names| names.join(" or "))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn text<'a>(payload: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    payload.get(name)?.as_str()
}

/// One string or an array of strings (RFC 7519 section 4.1.3).
fn audiences(payload: &Map<String, Value>) -> Result<Vec<&str>, Refusal> {
    let invalid = Refusal::InvalidClaim("aud");
    match payload.get("aud") {
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(many)) => many.iter().map(|one| one.as_str().ok_or(invalid)).collect(),
        _ => Err(invalid),
    }
}

/// A `NumericDate`, clamped to years that dates can name; fractions of a second are dropped.
fn date(payload: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Refusal> {
    /// 9999-12-31T23:59:59Z
    const LAST: i64 = 253_402_300_799;
    let Some(value) = payload.get(name) else {
        return Ok(None);
    };
    let number = value.as_number().ok_or(Refusal::InvalidClaim(name))?;
    let seconds = match number.as_i64() {
        Some(seconds) => seconds,
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the clamp follows")]
        None => number.as_f64().ok_or(Refusal::InvalidClaim(name))? as i64,
    };
    Ok(Some(seconds.clamp(0, LAST)))
}

#[cfg(test)]
mod tests;
