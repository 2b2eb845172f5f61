use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::reader::Reader;

/// The level and the form of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// In what form.
    pub format: LogFormat,
    /// A filter that `EnvFilter` takes.
    pub level: String,
}

/// The form of a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl LogFormat {
    /// As the configuration has them.
    pub(super) const NAMES: [&str; 2] = ["text", "json"];

    fn parse(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            format: reader.parse("log.format", "\"text\" or \"json\"", LogFormat::parse),
            level: reader.parse(
                "log.level",
                "off, error, warn, info, debug, trace, or a filter such as \"info,poem=debug\"",
                level,
            ),
        }
    }
}

fn level(text: &str) -> Option<String> {
    // EnvFilter takes a single word for a module, so a misspelt level would silence everything else.
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_known =
        if is_word { text.parse::<LevelFilter>().is_ok() } else { EnvFilter::try_new(text).is_ok() };
    (is_known && !text.is_empty()).then(|| text.to_owned())
}
