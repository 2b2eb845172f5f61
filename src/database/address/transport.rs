use std::net::IpAddr;

use sqlx::{mysql::MySqlSslMode, postgres::PgSslMode};

use super::{Address, Driver};

/// Whether anybody on the way to a database could read along, or pose as it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nobody could: the connection does not leave this machine.
    Local,
    /// Anybody on the way may read along. With this mode nobody could.
    Plain(&'static str),
    /// Anybody on the way may pose as the database. With these parameters nobody could.
    Unauthenticated(&'static str),
    /// Nobody could.
    Authenticated,
}

impl Address {
    /// How safe the way is. Judged by where the connection really goes, whichever parameter or variable says so.
    #[must_use]
    pub fn transport(&self) -> Transport {
        match &self.driver {
            Driver::Sqlite(_) => Transport::Local,
            Driver::Postgres(options) => {
                let host = options.get_host();
                if options.get_socket().is_some() || host.starts_with('/') || is_loopback(host) {
                    return Transport::Local;
                }
                match options.get_ssl_mode() {
                    PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => {
                        Transport::Plain("sslmode=require")
                    }
                    PgSslMode::Require => {
                        Transport::Unauthenticated("sslmode=verify-full and sslrootcert=FILE")
                    }
                    PgSslMode::VerifyCa | PgSslMode::VerifyFull => Transport::Authenticated,
                }
            }
            Driver::MySql(options) => {
                if options.get_socket().is_some() || is_loopback(options.get_host()) {
                    return Transport::Local;
                }
                match options.get_ssl_mode() {
                    MySqlSslMode::Disabled | MySqlSslMode::Preferred => Transport::Plain("sslmode=required"),
                    MySqlSslMode::Required => {
                        Transport::Unauthenticated("sslmode=verify_identity and sslca=FILE")
                    }
                    MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity => Transport::Authenticated,
                }
            }
        }
    }
}

/// Whether a host, as a URL writes it, is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
