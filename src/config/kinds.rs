//! The kinds of strategies that a configuration can choose from.
//!
//! All that is particular to a kind stands in its own file: its section and how it is read, what it needs, how it is checked
//! and how it is built. To add one:
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

/// What a configured strategy is made from and held to.
pub(super) trait Kind: Sync {
    /// Reads its section.
    fn read(reader: &mut Reader, deployment: Deployment<'_>) -> Self
    where
        Self: Sized;

    /// Checks that involve more than one key. Only a kind in use is checked: a section that nobody uses may contradict itself.
    fn validate(&self, _reader: &mut Reader, _config: &Config) {}

    /// What it remembers, unless that is switched off.
    fn cache(&self) -> Option<&Cache> {
        None
    }

    /// What it does while it cannot decide; nothing where it asks nobody.
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

    /// What its verdicts depend on beyond this process: what `doctor` examines for it.
    fn dependencies(&self) -> Vec<Dependency> {
        Vec::new()
    }

    /// What it asks, for the log: the key that names it, and its address as far as that may be shown. `None` where it asks nobody.
    fn place(&self, _config: &Config) -> Option<String> {
        None
    }

    /// Builds it, with its guard and its cache. Looks at what it needs, as far as that is within reach.
    fn build(&self, builder: &mut Builder<'_>) -> impl Future<Output = anyhow::Result<AnyStrategy>> + Send
    where
        Self: Sized;
}

/// What is known of a kind before its section is read.
pub(super) struct Facts {
    /// Whether it claims session tokens. It then asks somebody for each that it does not remember; others can fall back on it.
    pub claims_session_tokens: bool,
    /// Whether what it verifies is a session: it then says when the session began, and who acts as the user.
    pub has_sessions: bool,
    /// Whether it checks signatures that Better Auth made with its secret.
    pub better_auth_secret: Need,
    /// Its keys that hold secrets: nothing of them is ever shown.
    pub secrets: &'static [&'static str],
    /// Its keys that hold addresses of stores, which may carry a password.
    pub stores: &'static [&'static str],
    /// What deployments set anyway, each with the key that it stands for.
    pub variables: &'static [(&'static str, &'static str)],
}

/// What a verdict depends on beyond this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// Better Auth answers over HTTP.
    BetterAuth,
    /// The keys that it publishes are those that sign, and what it writes into tokens is what is expected.
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

/// How much a kind needs something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Not at all.
    Never,
    /// It uses what is there.
    IfKnown,
    /// It does not work without.
    Always,
}

impl Facts {
    /// A kind that asks nobody and keeps no secret.
    const PLAIN: Self = Self {
        claims_session_tokens: false,
        has_sessions: false,
        better_auth_secret: Need::Never,
        secrets: &[],
        stores: &[],
        variables: &[],
    };
}

/// What the strategies of one configuration have in common, and where some keys get their defaults from.
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
                // Boxed: what a start awaits is deep and large.
                match kind {
                    $(StrategyKind::$kind => Box::pin(self.$name.build(builder)).await,)*
                }
            }
        }
    };
}

impl StrategyKind {
    /// Whether it claims session tokens; of several that do, only the first is ever asked.
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
