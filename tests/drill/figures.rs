//! What is printed of many measurements.

use std::{collections::BTreeMap, fmt, time::Duration};

/// Durations, the shortest first.
pub struct Figures(Vec<Duration>);

impl Figures {
    /// What so many percent do not exceed; nothing at all takes no time.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl FromIterator<Duration> for Figures {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut durations: Vec<_> = durations.into_iter().collect();
        durations.sort_unstable();
        Self(durations)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [50, 99, 100].map(|percent| self.percentile(percent));
        write!(f, "p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}")
    }
}

/// How often each status was answered.
pub struct Statuses(BTreeMap<u16, usize>);

impl FromIterator<u16> for Statuses {
    fn from_iter<I: IntoIterator<Item = u16>>(statuses: I) -> Self {
        let mut counts = BTreeMap::new();
        for status in statuses {
            *counts.entry(status).or_default() += 1;
        }
        Self(counts)
    }
}

impl Statuses {
    /// How often one of these.
    pub fn of(&self, wanted: &[u16]) -> usize {
        wanted.iter().filter_map(|status| self.0.get(status)).sum()
    }

    /// How often any but these.
    pub fn other_than(&self, wanted: &[u16]) -> usize {
        self.0.values().sum::<usize>() - self.of(wanted)
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> = self.0.iter().map(|(status, count)| format!("{count} x {status}")).collect();
        f.write_str(&counts.join(", "))
    }
}
