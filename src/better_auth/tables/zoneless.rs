//! Dates without a time zone, and the warnings about them.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{
    column::{Column, ColumnType},
    known_fields::CREATED_AT,
    schema::Schema,
    time_zone::TimeZone,
};
use crate::clock::Clock;

/// Reads them, and warns once if the zone is a guess or turns out wrong.
pub struct Zoneless {
    zone: TimeZone,
    has_warned: AtomicBool,
    has_doubted: AtomicBool,
}

impl Zoneless {
    /// Logs the columns without a zone.
    pub fn new(zone: TimeZone, schema: &Schema) -> Self {
        let zoneless = Self { zone, has_warned: AtomicBool::default(), has_doubted: AtomicBool::default() };
        match columns(schema) {
            none if none.is_empty() => {}
            columns if zone.is_guess() => zoneless.warn(&columns),
            columns => tracing::info!("dates without a time zone are read as {zone}: {columns}"),
        }
        zoneless
    }

    /// The instant that a date means.
    pub fn read(&self, column: &Column, shown: NaiveDateTime) -> Option<DateTime<Utc>> {
        if self.zone.is_guess() {
            self.warn(&name(column));
        }
        let at = self.zone.instant(shown)?;
        if column.field == CREATED_AT {
            self.doubt(at);
        }
        Some(at)
    }

    fn warn(&self, columns: &str) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("{}", guessed(columns));
        }
    }

    /// A session from the future was made in another zone.
    fn doubt(&self, created_at: DateTime<Utc>) {
        // By the system's clock: this is only a warning and decides nothing.
        let Some(doubt) = self.zone.doubt(created_at, Clock::System.now()) else { return };
        if !self.has_doubted.swap(true, Ordering::Relaxed) {
            tracing::warn!("{doubt}");
        }
    }
}

/// The columns without a zone, comma-separated.
pub fn columns(schema: &Schema) -> String {
    let local = schema.columns().iter().filter(|column| column.holds == ColumnType::Local);
    local.map(name).collect::<Vec<_>>().join(", ")
}

/// The warning if no zone is configured for these columns.
pub fn guessed(columns: &str) -> String {
    format!(
        "these columns hold dates without a time zone, which are read as UTC: {columns}. If Better Auth's process \
         runs in another zone, sessions end hours too early or too late: set session_table.time_zone to that zone, \
         or to \"Etc/UTC\" if UTC is right"
    )
}

fn name(column: &Column) -> String {
    format!("{}.{}", column.table, column.name)
}
