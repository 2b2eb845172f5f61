use sqlx::sqlite::SqliteConnectOptions;

use super::{fault::AddressFault, parameters::Parameters};

/// Of Prisma, `SQLAlchemy` and Python's driver; none of them changes what the file holds.
const IGNORED: [&str; 9] = [
    "connection_limit",
    "pool_timeout",
    "connect_timeout",
    "socket_timeout",
    "timeout",
    "check_same_thread",
    "uri",
    "cached_statements",
    "isolation_level",
];
/// A SQLite database.
#[derive(Clone)]
pub struct File {
    pub options: SqliteConnectOptions,
    /// SQLite's `mode`.
    pub mode: Mode,
}

/// Whether there is a file, and whether it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Existing,
    Created,
    Memory,
}

const MODES: [&str; 4] = ["ro", "rw", "rwc", "memory"];

/// Whether this is no address, but the path of a file.
pub fn is_path(text: &str) -> bool {
    let path = text.split('?').next().unwrap_or_default();
    let named = [".db", ".sqlite", ".sqlite3", ".db3"].iter().any(|end| path.ends_with(end));
    text == ":memory:"
        || ["/", "./", "../"].iter().any(|begin| text.starts_with(begin))
        || (named && !path.contains(':'))
}

/// A path alone, in which nothing is encoded.
pub fn read_path(text: &str) -> Result<File, AddressFault> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    options(&path.replace('%', "%25"), query)
}

/// What stands after `sqlite:` or `file:`: a relative path follows at once or after two slashes, an absolute one begins
/// with a slash of its own.
pub fn read(rest: &str) -> Result<File, AddressFault> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    // A URI of a file may name this machine.
    let path = path.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(path);
    options(path, query)
}

/// `SQLAlchemy` counts three slashes before every path, so that an absolute one has four.
pub fn read_of_sqlalchemy(rest: &str) -> Result<File, AddressFault> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    options(path.strip_prefix("///").ok_or(AddressFault::Path)?, query)
}

/// The path is percent-encoded.
fn options(path: &str, query: &str) -> Result<File, AddressFault> {
    if path.is_empty() {
        return Err(AddressFault::Path);
    }
    let mut parameters = Parameters::read(query);
    let mut kept = Vec::new();
    for (name, known, expected) in [
        ("mode", &MODES[..], "ro, rw, rwc or memory"),
        ("cache", &["shared", "private"], "shared or private"),
        ("immutable", &["true", "false", "1", "0"], "true or false"),
    ] {
        if let Some(value) = parameters.take(&[name]) {
            if !known.contains(&&*value) {
                return Err(AddressFault::Value { parameter: name, expected });
            }
            kept.push(format!("{name}={value}"));
        }
    }
    parameters.finish(&[], &IGNORED)?;
    let has = |mode: &str| kept.iter().any(|one| one == mode);
    let mode = if path == ":memory:" || has("mode=memory") {
        Mode::Memory
    } else if has("mode=rwc") {
        Mode::Created
    } else {
        Mode::Existing
    };
    let address = format!("sqlite://{path}?{}", kept.join("&"));
    let options = address.parse().map_err(|_| AddressFault::Encoding("path"))?;
    Ok(File { options, mode })
}
