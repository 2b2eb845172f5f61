use std::fmt;

use super::reader::Reader;

/// A strategy, by what it trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StrategyKind {
    /// The keys Better Auth publishes.
    Jwt,
    /// Its cookie cache.
    SessionCookieCache,
    /// Its session table.
    SessionTable,
    /// The Redis it keeps its sessions in.
    SecondaryStorage,
    /// Its own answer over HTTP.
    GetSession,
    /// A secret shared with those who mint tokens themselves.
    SharedSecret,
}

impl StrategyKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Jwt,
        Self::SessionCookieCache,
        Self::SessionTable,
        Self::SecondaryStorage,
        Self::GetSession,
        Self::SharedSecret,
    ];

    /// Those that ask somebody for each session token they do not remember.
    pub const ASKING: [Self; 3] = [Self::SessionTable, Self::SecondaryStorage, Self::GetSession];

    /// The name in the configuration, in logs and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::SessionCookieCache => "session_cookie_cache",
            Self::SessionTable => "session_table",
            Self::SecondaryStorage => "secondary_storage",
            Self::GetSession => "get_session",
            Self::SharedSecret => "shared_secret",
        }
    }

    /// Whether it claims session tokens; of several that do, only the first is ever asked.
    #[must_use]
    pub fn claims_session_tokens(self) -> bool {
        Self::ASKING.contains(&self)
    }

    /// Whether it checks signatures that Better Auth made with its secret.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        match self {
            Self::Jwt | Self::GetSession | Self::SharedSecret => false,
            Self::SessionTable | Self::SecondaryStorage | Self::SessionCookieCache => true,
        }
    }

    /// Whether it checks them where the secret is known.
    pub(super) fn may_need_secret(self) -> bool {
        self.needs_secret() || self == Self::GetSession
    }

    pub(super) fn read(reader: &mut Reader) -> Vec<Self> {
        reader.list("strategies", |name| {
            let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
            known.ok_or_else(|| format!("one of {}", Self::ALL.map(Self::name).join(", ")))
        })
    }
}

impl fmt::Display for StrategyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
