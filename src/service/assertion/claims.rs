use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::identity::Identity;

/// What an assertion states. What is not known is left out.
///
/// | claim | what it is | defined in |
/// |---|---|---|
/// | `iss` | this service | RFC 7519 |
/// | `aud` | the API that it is for | RFC 7519 |
/// | `sub` | the user's id | RFC 7519 |
/// | `iat`, `exp` | when it was minted, and its end: never after the credential's own | RFC 7519 |
/// | `email`, `email_verified` | the address, and whether Better Auth has verified it | OIDC Core 5.1 |
/// | `role` | the admin plugin's role as stored; may be a comma-separated list | here |
/// | `sid` | the session's id, which proves nothing | OIDC Front-Channel Logout |
/// | `strategy` | the strategy that vouched | here |
/// | `act` | its `sub` is the admin who acts as the user | RFC 8693 section 4.1 |
///
/// There is no `jti`: one assertion is handed out many times, so nobody can take each but once.
#[derive(Serialize)]
pub struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    strategy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor<'a>>,
}

#[derive(Serialize)]
struct Actor<'a> {
    sub: &'a str,
}

impl<'a> Claims<'a> {
    pub fn new(
        issuer: &'a str,
        audience: &'a str,
        identity: &'a Identity,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        let Identity { user, session, strategy, .. } = identity;
        let session = session.as_ref();
        Self {
            iss: issuer,
            aud: audience,
            sub: &user.id,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            email: user.email.as_deref(),
            email_verified: user.email.is_some().then_some(user.email_verified),
            role: user.role.as_deref(),
            sid: session.and_then(|session| session.id.as_deref()),
            strategy,
            act: session.and_then(|session| session.impersonated_by.as_deref()).map(|sub| Actor { sub }),
        }
    }
}
