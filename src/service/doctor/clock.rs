//! How far the clocks of Better Auth's machine and of this one are apart.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use http::header;

use super::{
    finding::{Area, Finding, Level},
    patient::Patient,
    site::Answer,
};
use crate::config::Dependency;

/// Clocks that are kept differ by less.
const USUAL: TimeDelta = TimeDelta::seconds(5);
/// What Better Auth's plugin signs is refused beyond it.
const OF_EVENTS: TimeDelta = TimeDelta::minutes(5);

/// Compares by the header `Date` of an answer, which has whole seconds.
pub fn examine(patient: &Patient<'_>, answer: &Answer) -> Finding {
    let date = answer.headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return Finding::unknown(Area::Clock, "Better Auth's answers have no date");
    };
    let [asked, answered] = answer.between;
    let date = date.to_utc();
    // Known is only that the answer was made in between, and its second had not ended.
    let ahead = (date - answered).max(TimeDelta::zero());
    let behind = (asked - date - TimeDelta::seconds(1)).max(TimeDelta::zero());
    judge(patient, ahead - behind)
}

/// `ahead` is how far Better Auth's clock is ahead of this one, at least; negative where it is behind.
fn judge(patient: &Patient<'_>, ahead: TimeDelta) -> Finding {
    let config = patient.config;
    let jwt = &config.kinds.jwt;
    let leeway = TimeDelta::from_std(jwt.leeway).unwrap_or(TimeDelta::MAX);
    let verb = if ahead < TimeDelta::zero() { "behind" } else { "ahead of" };
    let apart = Duration::from_secs(ahead.abs().num_seconds().unsigned_abs());
    let found = format!("Better Auth's clock is {apart:?} {verb} this machine's");
    let remedy = "Let both machines keep their clocks (NTP, chrony), and look which of them is wrong";
    let is_too_early = config.depends_on(Dependency::KeySet) && ahead > leeway;
    let is_too_far = config.revocation.hook_secret.is_some() && ahead.abs() > OF_EVENTS;
    if is_too_early || is_too_far {
        let consequence = if is_too_early {
            "new JWTs are refused as not valid yet"
        } else {
            "the plugin's events are refused"
        };
        let key = if is_too_early { "jwt.leeway" } else { "revocation.hook_secret" };
        let expected = if is_too_early { jwt.leeway } else { OF_EVENTS.to_std().unwrap_or_default() };
        return Finding::broken(Area::Clock, format!("{found}: {consequence}"))
            .key(key)
            .expected(format!("{expected:?} apart at most"))
            .remedy(remedy);
    }
    let level = if ahead.abs() > USUAL { Level::Warning } else { Level::Fine };
    let finding = Finding::new(level, Area::Clock, found);
    match level {
        Level::Fine => Finding::fine(Area::Clock, "Better Auth's clock and this machine's agree"),
        _ => finding.remedy(remedy),
    }
}
