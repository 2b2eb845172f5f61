use reqwest::Url;
use secrecy::SecretString;

use super::{endpoint::is_loopback, reader::Reader};

pub(super) const EXPECTED: &str =
    "a sqlite, postgres, postgresql or mysql URL, its sslmode (if any) a known one";
const POSTGRES_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const MYSQL_MODES: [&str; 5] = ["disabled", "preferred", "required", "verify_ca", "verify_identity"];

/// The service's own tables.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where they are.
    pub url: SecretString,
}

/// The to-do routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todos {
    /// Where not, the routes are absent and [`Database`] is not opened for them.
    pub enabled: bool,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { url: reader.parse("database.url", EXPECTED, parse) }
    }
}

impl Todos {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { enabled: reader.get("todos.enabled") }
    }
}

pub(super) fn parse(text: &str) -> Option<SecretString> {
    let url = Url::parse(text).ok()?;
    let modes: &[&str] = match url.scheme() {
        "sqlite" => return Some(text.into()),
        "postgres" | "postgresql" => &POSTGRES_MODES,
        "mysql" => &MYSQL_MODES,
        _ => return None,
    };
    if url.cannot_be_a_base() || mode(&url).is_some_and(|mode| !modes.contains(&mode.as_str())) {
        return None;
    }
    Some(text.into())
}

/// The database of `key` is encrypted, or no further than this machine.
pub(super) fn check(reader: &mut Reader, key: &str) {
    if let Some(mode) = missing_mode(&reader.get::<String>(key)) {
        reader.insecure(key, &format!("an encrypted connection (sslmode={mode} or stricter)"));
    }
}

/// The mode that this address lacks, as it may go unencrypted beyond this machine.
pub(crate) fn missing_mode(address: &str) -> Option<&'static str> {
    let url = Url::parse(address).ok()?;
    let strict = match url.scheme() {
        "postgres" | "postgresql" => "require",
        "mysql" => "required",
        _ => return None,
    };
    // Without a mode the driver would rather be encrypted, and goes on unencrypted where it cannot.
    let may_be_plain =
        mode(&url).is_none_or(|mode| !mode.starts_with("require") && !mode.starts_with("verify"));
    (may_be_plain && !is_local(&url)).then_some(strict)
}

fn mode(url: &Url) -> Option<String> {
    parameter(url, &["sslmode", "ssl-mode"]).map(|mode| mode.to_ascii_lowercase())
}

/// Reads the parameters that move the connection elsewhere, too, as the driver does.
fn is_local(url: &Url) -> bool {
    let moved = match url.scheme() {
        "mysql" if parameter(url, &["socket"]).is_some() => return true,
        "mysql" => None,
        _ => parameter(url, &["host", "hostaddr"]),
    };
    let host = moved.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
    let is_socket = host.is_empty() || host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
    is_socket || is_loopback(&host)
}

/// The last of the parameters with these names, which is the one that counts.
fn parameter(url: &Url, names: &[&str]) -> Option<String> {
    url.query_pairs()
        .filter(|(name, _)| names.contains(&name.as_ref()))
        .last()
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_that_counts_is_the_one_the_driver_connects_to() {
        for (url, local) in [
            ("postgres://localhost/app", true),
            ("postgres://127.0.0.2/app", true),
            ("mysql://[::1]/app", true),
            ("postgres:///app", true),
            ("postgres://%2Fvar%2Frun/app", true),
            ("postgres://db.example/app?host=/var/run", true),
            ("mysql://db.example/app?socket=/run/mysql.sock", true),
            ("postgres://localhost/app?host=db.example", false),
            ("postgres://localhost/app?hostaddr=192.0.2.1", false),
            ("mysql://localhost.example/app", false),
        ] {
            assert_eq!(is_local(&Url::parse(url).unwrap()), local, "{url}");
        }
    }
}
