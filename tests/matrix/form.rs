//! The forms of Better Auth's cookie cache.

use serde_json::{Value, json};

/// A form, by what proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An HMAC with the secret, in Better Auth's own form.
    Compact,
    /// A JWT signed with the secret.
    Jwt,
    /// A JWT signed with a published key.
    Published,
    /// Encrypted with a key made from the secret.
    Jwe,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::Compact, Self::Jwt, Self::Published, Self::Jwe];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Jwt => "jwt",
            Self::Published => "jwt, published keys",
            Self::Jwe => "jwe",
        }
    }

    /// The first version of Better Auth that knows it, by its minor number.
    pub fn since(self) -> u32 {
        match self {
            Self::Compact => 2,
            Self::Jwt | Self::Jwe => 4,
            Self::Published => 7,
        }
    }

    /// What Better Auth is told.
    pub fn settings(self) -> Value {
        let cache = |strategy: Option<&str>| match strategy {
            Some(strategy) => json!({ "enabled": true, "strategy": strategy }),
            // Versions before 1.4 know no other, nor the setting.
            None => json!({ "enabled": true }),
        };
        let cache = match self {
            Self::Compact => cache(None),
            Self::Jwt | Self::Published => cache(Some("jwt")),
            Self::Jwe => cache(Some("jwe")),
        };
        let jwt = if self == Self::Published { json!({ "sessionCookieCache": true }) } else { json!({}) };
        json!({ "session": { "cookieCache": cache }, "plugins": { "admin": {}, "jwt": jwt } })
    }
}
