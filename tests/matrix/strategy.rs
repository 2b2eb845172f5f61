//! The strategies that decide about what Better Auth gives out.

use crate::{
    deployment::Deployment,
    parts::{service::Service, settings::Settings},
    store::Store,
};

/// A strategy, alone in its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    Jwt,
    SessionTable,
    SecondaryStorage,
    GetSession,
    SessionCookieCache,
}

impl Strategy {
    pub const ALL: [Self; 5] =
        [Self::Jwt, Self::SessionTable, Self::SecondaryStorage, Self::GetSession, Self::SessionCookieCache];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::SessionTable => "session_table",
            Self::SecondaryStorage => "secondary_storage",
            Self::GetSession => "get_session",
            Self::SessionCookieCache => "session_cookie_cache",
        }
    }

    /// Whether it looks sessions up.
    pub fn looks_up(self) -> bool {
        matches!(self, Self::SessionTable | Self::SecondaryStorage | Self::GetSession)
    }

    /// Why it cannot work on this store, if so.
    pub fn obstacle(self, store: Store) -> Option<&'static str> {
        match self {
            Self::SessionTable if !store.has_table() => {
                Some("Better Auth keeps no session in a database here")
            }
            Self::SecondaryStorage if store != Store::Redis => {
                Some("Better Auth keeps no session in Redis here")
            }
            Self::GetSession if store == Store::Nowhere => {
                Some("Better Auth itself has only the cookie, which this strategy makes it bypass")
            }
            _ => None,
        }
    }

    /// A service that asks it alone, each time anew.
    pub fn start(self, deployment: &Deployment) -> Service {
        Settings::of(&deployment.better_auth, &[self.name()])
            .with("better_auth.raw_tokens", true)
            .with("server.trusted_proxies", &["127.0.0.1"][..])
            .with("session_cookie_cache.cache.max_age", "0s")
            .with("jwt.cache.max_age", "0s")
            .start()
    }
}
