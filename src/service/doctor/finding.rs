//! One thing that was looked at, and what came of it.

use serde::Serialize;

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Callers are turned away who should not be, or will be.
    Broken,
    /// It works, and may not do what was meant.
    Warning,
    /// Nobody could be asked.
    Unknown,
    /// As it should be.
    Fine,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The configuration by itself.
    Configuration,
    /// What the environment did to it.
    Environment,
    /// Where Better Auth is, and what it calls itself.
    Address,
    /// The two clocks.
    Clock,
    /// The keys that Better Auth publishes, and what stands in its tokens.
    KeySet,
    /// What signs session tokens.
    Secret,
    /// What cookies are called.
    Cookie,
    /// Session tokens in the header `Authorization`.
    Bearer,
    /// Whose pages may do what.
    Origins,
    /// Better Auth's tables.
    Tables,
    /// The tables of this service.
    OwnTables,
    /// The Redis that Better Auth keeps its sessions in.
    Redis,
    /// How late a sign-out is seen.
    Revocation,
    /// Who stands between clients, this service and Better Auth.
    Proxies,
    /// The live credential that was given.
    Credential,
}

impl Area {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Environment => "environment",
            Self::Address => "address",
            Self::Clock => "clock",
            Self::KeySet => "key set",
            Self::Secret => "secret",
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
            Self::Origins => "origins",
            Self::Tables => "tables",
            Self::OwnTables => "own tables",
            Self::Redis => "Redis",
            Self::Revocation => "revocation",
            Self::Proxies => "proxies",
            Self::Credential => "credential",
        }
    }
}

/// One thing that was looked at. Nothing in it is a secret or a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about.
    pub area: Area,
    /// The key of the configuration that decides it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where the value of the key came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What is there.
    pub found: String,
    /// What should be there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub fn broken(area: Area, found: impl Into<String>) -> Self {
        Self::new(Level::Broken, area, found)
    }

    pub fn warning(area: Area, found: impl Into<String>) -> Self {
        Self::new(Level::Warning, area, found)
    }

    pub fn unknown(area: Area, found: impl Into<String>) -> Self {
        Self::new(Level::Unknown, area, found)
    }

    pub fn fine(area: Area, found: impl Into<String>) -> Self {
        Self::new(Level::Fine, area, found)
    }

    /// As bad as `level` says.
    pub fn new(level: Level, area: Area, found: impl Into<String>) -> Self {
        Self { level, area, key: None, origin: None, found: found.into(), expected: None, remedy: None }
    }

    /// This key decides it.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// That should be there instead.
    pub fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    /// That mends it.
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}
