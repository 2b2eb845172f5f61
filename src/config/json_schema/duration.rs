//! Texts that `humantime` reads as durations. A pattern cannot add up the terms of one, such as those of `1h 30m`, so bounds
//! are those of each term.

use serde_json::{Value as Json, json};

const PARTS_OF_A_SECOND: &str = "ns|nsec|nanos|us|usec|µs|ms|msec|millis";
const SECOND: &str = "s|secs?|seconds?";
const MINUTE: &str = "m|mins?|minutes?";
const HOUR: &str = "h|hrs?|hours?";
const DAY: &str = "d|days?";
const WEEK: &str = "w|wks?|weeks?";
const MONTH: &str = "M|months?";
const YEAR: &str = "y|yrs?|years?";

/// At most a year.
pub(super) fn any() -> Json {
    json!({ "pattern": terms(&fractions()), "not": { "pattern": exceeding(&[
        (r"36[6-9]|3[7-9]\d|[4-9]\d\d|[1-9]\d{3,}", DAY),
        (r"5[3-9]|[6-9]\d|[1-9]\d{2,}", WEEK),
        (r"1[2-9]|[2-9]\d|[1-9]\d{2,}", MONTH),
        (r"[1-9]\d*", YEAR),
    ]) } })
}

/// Longer than zero, at most a year.
pub(super) fn positive() -> Json {
    json!({ "allOf": [any(), { "pattern": "[1-9]" }] })
}

/// How far clocks may differ.
pub(super) fn at_most_a_minute() -> Json {
    let longer = [HOUR, DAY, WEEK, MONTH, YEAR].join("|");
    json!({ "allOf": [any(), { "not": { "pattern": exceeding(&[
        (r"6[1-9]|[7-9]\d|[1-9]\d{2,}", SECOND),
        (r"[2-9]|[1-9]\d+", MINUTE),
        (r"[1-9]\d*", &longer),
    ]) } }] })
}

/// A second or longer.
pub(super) fn at_least_a_second() -> Json {
    json!({ "allOf": [positive(), { "not": { "pattern": alone(r"\d{1,3}", PARTS_OF_A_SECOND) } }] })
}

/// An hour or longer.
pub(super) fn at_least_an_hour() -> Json {
    let parts_of_an_hour = format!(r"0*[1-5]?\d\s*({MINUTE})|0*([1-3]?\d{{1,3}})\s*({SECOND})");
    json!({ "allOf": [positive(), { "not": { "pattern": format!(
        r"^\s*({parts_of_an_hour}|\d+\s*({PARTS_OF_A_SECOND}))\s*$"
    ) } }] })
}

/// Whole seconds, from ten to sixty.
pub(super) fn of_an_assertion() -> Json {
    json!({ "allOf": [
        at_most_a_minute(),
        { "pattern": whole_seconds() },
        { "pattern": "[1-9]" },
        { "not": { "pattern": alone(r"0*\d", SECOND) } },
    ] })
}

/// The pattern of whole seconds, longer than zero, without its anchors.
pub(in crate::config) fn age() -> String {
    let unit = whole_units();
    // A term of zero may stand before or after another.
    format!(r"\s*(0+\s*({unit})\s*)*0*[1-9]\d*\s*({unit})\s*(\d+\s*({unit})\s*)*")
}

fn whole_seconds() -> String {
    terms(&format!(r"\d+\s*({})", whole_units()))
}

fn whole_units() -> String {
    [SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, YEAR].join("|")
}

/// A number, which may be a fraction, and a unit.
fn fractions() -> String {
    format!(r"\d+(\.\d+)?\s*({PARTS_OF_A_SECOND}|{})", whole_units())
}

fn terms(term: &str) -> String {
    format!(r"^\s*(({term}\s*)+|0)$")
}

/// A term alone.
fn alone(number: &str, unit: &str) -> String {
    format!(r"^\s*{number}\s*({unit})\s*$")
}

/// One of the terms has so many of that unit.
fn exceeding(terms: &[(&str, &str)]) -> String {
    let terms: Vec<_> =
        terms.iter().map(|(number, unit)| format!(r"({number})(\.\d+)?\s*({unit})")).collect();
    format!(r"(^|[^\d.])0*({})([^A-Za-zµ]|$)", terms.join("|"))
}
