use std::time::Duration;

use secrecy::SecretString;

use super::{BetterAuth, Cache, Database, database, reader::Reader};

/// The `session_table` strategy.
#[derive(Clone, Debug)]
pub struct SessionTable {
    /// Better Auth's database.
    pub database_url: SecretString,
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
}

/// The `get_session` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
}

impl SessionTable {
    pub(super) fn read(reader: &mut Reader, database: &Database) -> Self {
        let own = reader.optional("session_table.database_url", database::EXPECTED, database::parse);
        Self {
            database_url: own.unwrap_or_else(|| database.url.clone()),
            timeout: reader.positive_duration("session_table.timeout"),
            cache: Cache::read(reader, "session_table"),
        }
    }

    pub(super) fn check(reader: &mut Reader, better_auth: &BetterAuth) {
        if better_auth.secret.is_none() {
            reader.fault(
                "better_auth.secret",
                "Better Auth's secret (BETTER_AUTH_SECRET), as session_table checks signatures",
            );
        }
    }
}

impl GetSession {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            timeout: reader.positive_duration("get_session.timeout"),
            cache: Cache::read(reader, "get_session"),
        }
    }
}
