use std::fmt;

/// A fault in the address of a database. It says what was expected, and never shows what was found: that may be a
/// password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressFault {
    /// No scheme, or an unknown one.
    #[error(
        "an address that begins with sqlite:, postgres://, postgresql://, mysql:// or mariadb://, or the path of a SQLite \
         file"
    )]
    Scheme,
    /// A database of another kind.
    #[error("an address of SQLite, PostgreSQL, MySQL or MariaDB; {0}")]
    Foreign(&'static str),
    /// The address has quotes: its file of variables was read without removing them.
    #[error("an address without quotes around it")]
    Quoted,
    /// There is no authority.
    #[error("`//` after the scheme, as in postgres://user:password@host/database")]
    Slashes,
    /// A character in the account ends it.
    #[error(
        "a user name and a password in which `/`, `?`, `#`, `@` and `:` are written %2F, %3F, %23, %40 and %3A"
    )]
    Spilt,
    /// A number sign somewhere else.
    #[error("no `#`; in a name or a value it is written %23")]
    NumberSign,
    /// What follows the host is no port.
    #[error("a port from 1 to 65535 after the host; a `:` in a name is written %3A")]
    Port,
    /// More than one host.
    #[error(
        "one host, as there is no failover here: write the primary's, or that of a proxy in front of them"
    )]
    Hosts,
    /// Not UTF-8.
    #[error("UTF-8 in the {0}, where octets are written as %XX")]
    Encoding(&'static str),
    /// No file is named.
    #[error("the path of a file after the scheme, as in sqlite:auth.db or sqlite:///var/lib/auth.db")]
    Path,
    /// An unknown parameter.
    #[error("no parameter {0}, which is unknown here: leave it out")]
    Unknown(ParameterName),
    /// A parameter has a value that is not supported.
    #[error("{parameter} (a parameter) to be {expected}")]
    Value {
        /// The parameter.
        parameter: &'static str,
        /// The right values, or the alternative.
        expected: &'static str,
    },
    /// Two parameters say different things.
    #[error("the parameters {0} and {1} to say the same: leave one out")]
    Contradiction(&'static str, &'static str),
}

/// A parameter's name, fit to be printed: a password that spills over may look like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterName(String);

impl ParameterName {
    const MAX_LENGTH: usize = 40;

    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.[]".contains(letter);
        if name.is_empty() || name.len() > Self::MAX_LENGTH || !name.chars().all(is_name) {
            return f.write_str("with a name like this (hidden)");
        }
        write!(f, "`{name}`")
    }
}
