use poem_openapi::{Object, OpenApi, payload::Json};

use super::{Tag, timestamp::Timestamp};
use crate::{AuthProblem, Authenticated, Identity};

pub struct Api;

#[expect(clippy::unused_async, reason = "the generator asks for async handlers")]
#[OpenApi]
impl Api {
    /// Who is calling
    ///
    /// The caller's identity, and the strategy that vouched for it.
    #[oai(path = "/api/me", method = "get", operation_id = "getMe", tag = "Tag::Identity")]
    async fn me(&self, auth: Authenticated) -> Result<Json<Caller>, AuthProblem> {
        Ok(Json(auth.identity.into()))
    }
}

/// A verified caller.
#[derive(Object)]
#[oai(rename = "Identity", rename_all = "camelCase", skip_serializing_if_is_none)]
struct Caller {
    user: User,
    /// Absent where the strategy has no session.
    session: Option<Session>,
    /// Name of the strategy that vouched.
    strategy: String,
    /// The end of what was verified.
    expires_at: Timestamp,
}

/// The user as Better Auth stores them.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct User {
    id: String,
    email: Option<String>,
    /// Whether Better Auth has verified the address.
    email_verified: bool,
    name: Option<String>,
    image: Option<String>,
    /// As stored; may be a comma-separated list.
    role: Option<String>,
}

/// The session, without its token.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Session {
    id: String,
    expires_at: Timestamp,
    /// The admin who acts as the user.
    impersonated_by: Option<String>,
}

impl From<Identity> for Caller {
    fn from(Identity { user, session, strategy, expires_at }: Identity) -> Self {
        Self {
            user: User {
                id: user.id,
                email: user.email,
                email_verified: user.email_verified,
                name: user.name,
                image: user.image,
                role: user.role,
            },
            session: session.map(|session| Session {
                id: session.id,
                expires_at: Timestamp(session.expires_at),
                impersonated_by: session.impersonated_by,
            }),
            strategy: strategy.into(),
            expires_at: Timestamp(expires_at),
        }
    }
}
