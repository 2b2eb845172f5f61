//! The registered claims of a JWT and the rules for them (RFC 7519 section 4.1, RFC 8725 section 3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::error::Refusal;

/// What a token must say to be ours.
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

/// The claims of a token, typed; not believed before its signature is.
pub struct Claims {
    pub subject: String,
    /// Seconds since 1970; the beginning of time where a token that need not say it does not.
    pub issued_at: i64,
    pub expires_at: DateTime<Utc>,
    /// All of them, registered or not.
    pub members: Map<String, Value>,
}

impl Claims {
    /// Takes the claims from a payload and holds them against what is expected at `now`.
    pub fn check(
        payload: Map<String, Value>,
        expected: &Expectation,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if payload.contains_key("cnf") {
            return Err(Refusal::Bound);
        }
        expected.check_issuer(&payload)?;
        expected.check_audience(&payload)?;
        let subject = text(&payload, "sub").filter(|subject| !subject.is_empty());
        let subject = subject.ok_or(Refusal::InvalidClaim("sub"))?.to_owned();
        let expires = date(&payload, "exp")?.ok_or(Refusal::InvalidClaim("exp"))?;
        let issued_at = date(&payload, "iat")?;
        if issued_at.is_none() && (expected.issued_at || expected.max_lifetime.is_some()) {
            return Err(Refusal::InvalidClaim("iat"));
        }
        let issued_at = issued_at.unwrap_or_default();
        let not_before = date(&payload, "nbf")?;
        let leeway = seconds(expected.leeway);
        let now = now.timestamp();
        if expires <= now.saturating_sub(leeway) {
            return Err(Refusal::Expired);
        }
        let latest_start = now.saturating_add(leeway);
        if issued_at > latest_start || not_before.is_some_and(|start| start > latest_start) {
            return Err(Refusal::NotYetValid);
        }
        if expected.max_lifetime.is_some_and(|ceiling| expires - issued_at > seconds(ceiling)) {
            return Err(Refusal::TooLongLived);
        }
        let expires_at = DateTime::from_timestamp(expires, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Self { subject, issued_at, expires_at, members: payload })
    }
}

impl Expectation {
    fn check_issuer(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(ours) = &self.issuers else { return Ok(()) };
        let issuer = text(payload, "iss").ok_or(Refusal::InvalidClaim("iss"))?;
        ours.iter().any(|one| one == issuer).then_some(()).ok_or(Refusal::WrongIssuer)
    }

    fn check_audience(&self, payload: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(ours) = &self.audiences else {
            return if payload.contains_key("aud") { Err(Refusal::WrongAudience) } else { Ok(()) };
        };
        let meant = audiences(payload)?.iter().any(|audience| ours.iter().any(|one| one == audience));
        meant.then_some(()).ok_or(Refusal::WrongAudience)
    }
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
