//! The kinds of strategies that a configuration can choose from.
//!
//! Each kind has a file of its own, with its section and all that is particular to it: how the section is read, its needs,
//! its checks and how it is built. To add one:
//!
//! 1. its section in `config.toml`;
//! 2. its file here: a struct for the section, its `FACTS`, and `Kind` for the struct;
//! 3. its `mod` below and its line in the list at the end, with the words of the documentation.

pub(super) mod get_session;
mod jwt;
mod secondary_storage;
mod session_cookie_cache;
pub(crate) mod session_table;
mod shared_secret;

use std::{fmt, time::Duration};

use super::{BetterAuth, Cache, Config, Database, Outage, builder::Builder, reader::Reader};
use crate::strategy::AnyStrategy;

/// A configured strategy: how to read, check and build it.
pub(super) trait Kind: Sync {
    /// Reads its section.
    fn read(reader: &mut Reader, deployment: Deployment<'_>) -> Self
    where
        Self: Sized;

    /// Checks that involve more than one key. Only a kind in use is checked: an unused section may contradict itself.
    fn validate(&self, _reader: &mut Reader, _config: &Config) {}

    /// Its cache, unless it is off.
    fn cache(&self) -> Option<&Cache> {
        None
    }

    /// How it behaves while it cannot decide; `None` if it does no look-ups.
    fn outage(&self) -> Option<&Outage> {
        None
    }

    /// Cookies that it reads beside the one that carries the credential.
    fn companions(&self) -> &[String] {
        &[]
    }

    /// How long a token stays valid after a forgotten cut-off. Zero: cut-offs do not affect it. `None`: there is no bound.
    fn cut_offs_matter_for(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    /// Its dependencies outside this process, which `doctor` examines.
    fn dependencies(&self) -> Vec<Dependency> {
        Vec::new()
    }

    /// Its store or service, for the log: the key that names it, and its address without secrets. `None` if it does no look-ups.
    fn place(&self, _config: &Config) -> Option<String> {
        None
    }

    /// Builds it, with its guard and its cache. Checks its dependencies, as far as they can be reached.
    fn build(&self, builder: &mut Builder<'_>) -> impl Future<Output = anyhow::Result<AnyStrategy>> + Send
    where
        Self: Sized;
}

/// The facts about a kind that do not depend on its section.
pub(super) struct Facts {
    /// Whether it claims session tokens. It then does a look-up for each that is not cached; others can fall back on it.
    pub claims_session_tokens: bool,
    /// Whether it verifies sessions: it then knows when the session began, and who acts as the user.
    pub has_sessions: bool,
    /// Whether it checks signatures that Better Auth made with its secret.
    pub better_auth_secret: Need,
    /// Its keys that hold secrets, which are never shown.
    pub secrets: &'static [&'static str],
    /// Its keys that hold addresses of stores, which may carry a password.
    pub stores: &'static [&'static str],
    /// Variables that deployments set anyway, each with its key.
    pub variables: &'static [(&'static str, &'static str)],
}

/// A dependency of verdicts outside this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// Better Auth answers over HTTP.
    BetterAuth,
    /// Its published keys are those that sign, and the claims of its tokens are the expected ones.
    KeySet,
    /// Its secret is known here, and the names of its cookies.
    Secret,
    /// It writes a cookie cache, of the version and under the name that are expected.
    CookieCache,
    /// Its tables can be read.
    Tables,
    /// The Redis that it writes its sessions to can be read.
    Redis,
}

/// How much a kind depends on something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Not at all.
    Never,
    /// Used if available.
    IfKnown,
    /// Required.
    Always,
}

impl Facts {
    /// A kind without look-ups and without secrets.
    const PLAIN: Self = Self {
        claims_session_tokens: false,
        has_sessions: false,
        better_auth_secret: Need::Never,
        secrets: &[],
        stores: &[],
        variables: &[],
    };
}

/// The settings that the strategies of one configuration share, and from which some keys derive their defaults.
#[derive(Clone, Copy)]
pub(super) struct Deployment<'a> {
    pub better_auth: &'a BetterAuth,
    pub database: &'a Database,
}

macro_rules! kinds {
    ($(#[doc = $doc:literal] $name:ident: $kind:ident,)*) => {
        $(pub use self::$name::$kind;)*

        /// A kind of strategy, by what it trusts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum StrategyKind {
            $(#[doc = $doc] $kind,)*
        }

        /// The sections of all kinds, in use or not.
        #[derive(Clone, Debug)]
        pub struct Kinds {
            $(#[doc = $doc] pub $name: $kind,)*
        }

        impl StrategyKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name in the configuration, in logs and in answers.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($name),)*
                }
            }

            pub(super) fn facts(self) -> &'static Facts {
                match self {
                    $(Self::$kind => &$name::FACTS,)*
                }
            }
        }

        impl Kinds {
            pub(super) fn read(reader: &mut Reader, deployment: Deployment<'_>) -> Self {
                Self { $($name: Kind::read(reader, deployment),)* }
            }

            pub(super) fn get(&self, kind: StrategyKind) -> &dyn Kind {
                match kind {
                    $(StrategyKind::$kind => &self.$name,)*
                }
            }

            /// Builds one.
            pub(super) async fn build(
                &self,
                kind: StrategyKind,
                builder: &mut Builder<'_>,
            ) -> anyhow::Result<AnyStrategy> {
                // Boxed: the futures of a start are deep and large.
                match kind {
                    $(StrategyKind::$kind => Box::pin(self.$name.build(builder)).await,)*
                }
            }
        }
    };
}

impl StrategyKind {
    /// Whether it claims session tokens; of several such strategies only the first is ever asked.
    #[must_use]
    pub fn claims_session_tokens(self) -> bool {
        self.facts().claims_session_tokens
    }

    /// The kinds that may serve as a fallback.
    pub(super) fn fallbacks() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.claims_session_tokens())
    }

    pub(super) fn read(reader: &mut Reader) -> Vec<Self> {
        reader.list("strategies", |name| {
            let known = Self::ALL.iter().copied().find(|kind| kind.name() == name);
            known.ok_or_else(|| format!("one of {}", names(Self::ALL.iter().copied())))
        })
    }
}

impl fmt::Display for StrategyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The names of kinds, for people.
pub(super) fn names(kinds: impl Iterator<Item = StrategyKind>) -> String {
    kinds.map(StrategyKind::name).collect::<Vec<_>>().join(", ")
}

kinds! {
    /// The keys Better Auth publishes.
    jwt: Jwt,
    /// Its cookie cache.
    session_cookie_cache: SessionCookieCache,
    /// Its session table.
    session_table: SessionTable,
    /// The Redis it keeps its sessions in.
    secondary_storage: SecondaryStorage,
    /// Its own answer over HTTP.
    get_session: GetSession,
    /// A secret shared with those who mint tokens themselves.
    shared_secret: SharedSecret,
}
