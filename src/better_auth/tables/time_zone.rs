use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// The time zone of dates that are written without one: that of Better Auth's own process, whose database drivers write
/// and read such dates in local time. UTC by default. Read from its IANA name, such as `America/New_York`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZone(Tz);

/// The text names no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {}", Self::EXPECTED)]
pub struct UnknownTimeZone;

impl UnknownTimeZone {
    pub(crate) const EXPECTED: &str =
        "an IANA time zone such as \"Europe/Berlin\" or \"UTC\", in this spelling";
}

/// Synchronized clocks differ by less.
const SKEW: TimeDelta = TimeDelta::minutes(2);

impl TimeZone {
    /// The names of all there are.
    #[cfg(feature = "config")]
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// Whether this is the default, which nobody has configured.
    pub(crate) fn is_guess(self) -> bool {
        self == Self::default()
    }

    /// The warning for a session that, read in this zone, was made in the future: its true zone is another.
    pub(crate) fn doubt(self, created_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
        let ahead = created_at - now;
        (ahead > SKEW).then(|| {
            format!(
                "a session was created {} minutes in the future: Better Auth writes dates in another zone than \
                 session_table.time_zone = {self}, or the clocks differ. Such sessions end that much too late. Set the key to \
                 the TZ of Better Auth's process",
                ahead.num_minutes()
            )
        })
    }

    /// The instant of this local time. If it occurs twice, as clocks go back, the earlier one. If it never occurs, as clocks go
    /// forward, the one by the clock before the change. JavaScript reads it in the same way.
    pub(crate) fn instant(self, shown: NaiveDateTime) -> Option<DateTime<Utc>> {
        // Longer than any clock is put forward.
        let before = TimeDelta::days(1);
        let read = |shown: NaiveDateTime| Some(self.0.from_local_datetime(&shown).earliest()?.to_utc());
        read(shown).or_else(|| read(shown.checked_sub_signed(before)?)?.checked_add_signed(before))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, UnknownTimeZone> {
        name.parse().map(Self).map_err(|_| UnknownTimeZone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(zone: &str, shown: &str) -> String {
        let zone: TimeZone = zone.parse().expect("a zone");
        zone.instant(shown.parse().expect("a date")).expect("an instant").to_rfc3339()
    }

    /// What `new Date(shown)` is in a Node process with this `TZ`.
    #[test]
    fn f2_what_clocks_show_is_read_as_javascript_reads_it() {
        for (zone, shown, expected) in [
            ("UTC", "2026-01-01T00:00:00.123", "2026-01-01T00:00:00.123+00:00"),
            ("America/New_York", "2026-01-01T00:00:00", "2026-01-01T05:00:00+00:00"),
            ("America/New_York", "2026-07-01T00:00:00", "2026-07-01T04:00:00+00:00"),
            ("Asia/Tokyo", "2026-01-01T00:00:00", "2025-12-31T15:00:00+00:00"),
            // Shown twice.
            ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00+00:00"),
            ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
            // Never shown.
            ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00+00:00"),
            // A whole day was left out.
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00+00:00"),
        ] {
            assert_eq!(instant(zone, shown), expected, "{zone} {shown}");
        }
    }

    #[test]
    fn dates_at_the_ends_of_time_do_not_panic() {
        for zone in ["America/New_York", "Asia/Tokyo", "UTC"] {
            let zone: TimeZone = zone.parse().expect("a zone");
            for shown in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                let _ = zone.instant(shown);
            }
        }
    }

    #[test]
    fn only_iana_names_are_zones() {
        for name in ["", "-05:00", "EDT", "america/new_york", "Mars/Olympus", "UTC+1"] {
            assert_eq!(name.parse::<TimeZone>(), Err(UnknownTimeZone), "{name}");
        }
    }
}
