mod json_lines;
mod text_lines;

use std::{
    io::{self, IsTerminal},
    str::FromStr,
};

use tracing_subscriber::{EnvFilter, filter::Directive, fmt};

use self::{json_lines::JsonLines, text_lines::TextLines};
use crate::config::{Log, LogFormat};

/// Levels at which no warning is wanted.
const QUIET: [&str; 2] = ["off", "error"];

/// Sends the log to stderr, as text or as one JSON object a line. Times are UTC.
///
/// # Panics
///
/// When called twice in one process.
pub fn init(log: &Log) {
    // `Config` has checked the filter.
    let mut filter = EnvFilter::new(&log.level);
    if QUIET.iter().all(|level| log.level != *level) && !log.level.contains("sqlx") {
        // PostgreSQL notices what is there already, as each migration asks. The pool complains of connections that have ended,
        // and opens others.
        for directive in ["sqlx::postgres::notice=warn", "sqlx_core::pool=error"] {
            filter = filter.add_directive(Directive::from_str(directive).expect("a directive"));
        }
    }
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // A log that cannot be written must not stop the service.
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => lines.event_format(TextLines).init(),
        LogFormat::Json => lines.event_format(JsonLines::default()).init(),
    }
}
