mod json_lines;
mod text_lines;

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, fmt};

use self::{json_lines::JsonLines, text_lines::TextLines};
use crate::config::{Log, LogFormat};

/// Sends the log to stderr, as text or as one JSON object a line. Times are UTC.
///
/// # Panics
///
/// When called twice in one process.
pub fn init(log: &Log) {
    // `Config` has checked the filter.
    let filter = EnvFilter::new(&log.level);
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
