use std::{collections::BTreeMap, sync::OnceLock};

use poem_openapi::{
    Object, OpenApi,
    types::{Any, Example},
};
use serde_json::{Map, Value};

use super::{Tag, written_json::WrittenJson};
use crate::{
    Authenticated, Identity,
    app::api::{
        failure::{Failure, GetMe},
        one_of::OneOf,
        strategy_names::StrategyNames,
        timestamp::Timestamp,
    },
    identity,
};

pub struct Api;

#[expect(clippy::unused_async, reason = "the generator asks for async handlers")]
#[OpenApi]
impl Api {
    /// Who is calling
    ///
    /// The caller's identity, and the strategy that vouched for it.
    #[oai(path = "/api/me", method = "get", operation_id = "getMe", tag = "Tag::Identity")]
    async fn me(&self, auth: Authenticated) -> Result<WrittenJson<Caller>, Failure<GetMe>> {
        let written = auth.identity.memo::<CallerJson>();
        Ok(written.0.get_or_init(|| WrittenJson::of(&Caller::from(&auth.identity))).clone())
    }
}

/// A caller as they were written once: a [memo](Identity::memo) of their identity.
#[derive(Default)]
struct CallerJson(OnceLock<WrittenJson<Caller>>);

/// Values by the names Better Auth has for them.
type Fields = BTreeMap<String, Any<Value>>;

/// A verified caller.
#[derive(Object)]
#[oai(rename = "Identity", rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct Caller {
    /// Who is calling.
    user: User,
    /// Absent where the strategy has no session.
    session: Option<Session>,
    /// Name of the strategy that vouched.
    strategy: OneOf<StrategyNames>,
    /// Until when this identity is valid: the end of the session or token.
    expires_at: Timestamp,
}

/// The user as Better Auth stores them.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct User {
    /// Better Auth's id of the user.
    id: String,
    /// The address they sign in with.
    email: Option<String>,
    /// Whether Better Auth has verified the address.
    email_verified: bool,
    /// As the user wrote it.
    name: Option<String>,
    /// The address of a picture.
    image: Option<String>,
    /// As stored; may be a comma-separated list.
    role: Option<String>,
    /// Whether the user has not signed up and the address is a placeholder.
    is_anonymous: Option<bool>,
    /// Absent unless Better Auth's plugin `twoFactor` is in use.
    two_factor_enabled: Option<bool>,
    /// In lower case.
    username: Option<String>,
    /// As the user wrote it.
    display_username: Option<String>,
    /// Absent unless Better Auth's plugin `phoneNumber` is in use.
    phone_number: Option<String>,
    /// Whether Better Auth has verified the number.
    phone_number_verified: Option<bool>,
    /// Fields of the deployment's own, as far as its configuration lists them.
    fields: Option<Fields>,
}

/// The session, without its token.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Session {
    /// Absent where Better Auth has made none: up to 1.5, with sessions in secondary storage.
    id: Option<String>,
    /// UTC, RFC 3339.
    expires_at: Timestamp,
    /// The admin who acts as the user.
    impersonated_by: Option<String>,
    /// The organization the user has chosen to look at: a preference, no permission.
    active_organization_id: Option<String>,
    /// The team the user has chosen to look at: a preference, no permission.
    active_team_id: Option<String>,
    /// Fields of the deployment's own, as far as its configuration lists them.
    fields: Option<Fields>,
}

/// An admin, with a session in the table.
impl Example for Caller {
    fn example() -> Self {
        let expires_at = Timestamp::example();
        Self {
            user: User {
                id: "S5YjZ0hXw3uQ1tVb8nRkPm2LcDfEaG7i".into(),
                email: Some("ada@example.com".into()),
                email_verified: true,
                name: Some("Ada Lovelace".into()),
                image: None,
                role: Some("admin".into()),
                is_anonymous: None,
                two_factor_enabled: None,
                username: None,
                display_username: None,
                phone_number: None,
                phone_number_verified: None,
                fields: None,
            },
            session: Some(Session {
                id: Some("UZhx4pT9vK2mQ7sLwB1nYcRfJd6gE8oA".into()),
                expires_at,
                impersonated_by: None,
                active_organization_id: None,
                active_team_id: None,
                fields: None,
            }),
            strategy: "session_table".into(),
            expires_at,
        }
    }
}

fn present(fields: &Map<String, Value>) -> Option<Fields> {
    let copied = |(name, value): (&String, &Value)| (name.clone(), Any(value.clone()));
    (!fields.is_empty()).then(|| fields.iter().map(copied).collect())
}

impl From<&Identity> for Caller {
    fn from(Identity { user, session, strategy, expires_at, .. }: &Identity) -> Self {
        Self {
            user: (&**user).into(),
            session: session.as_deref().map(Into::into),
            strategy: (*strategy).into(),
            expires_at: Timestamp(*expires_at),
        }
    }
}

impl From<&identity::User> for User {
    fn from(user: &identity::User) -> Self {
        let user = user.clone();
        Self {
            fields: present(&user.fields),
            id: user.id,
            email: user.email.map(Into::into),
            email_verified: user.email_verified,
            name: user.name.map(Into::into),
            image: user.image.map(Into::into),
            role: user.role.map(Into::into),
            is_anonymous: user.anonymous,
            two_factor_enabled: user.two_factor_enabled,
            username: user.username.map(Into::into),
            display_username: user.display_username.map(Into::into),
            phone_number: user.phone_number.map(Into::into),
            phone_number_verified: user.phone_number_verified,
        }
    }
}

impl From<&identity::Session> for Session {
    fn from(session: &identity::Session) -> Self {
        let session = session.clone();
        Self {
            fields: present(&session.fields),
            id: session.id.map(Into::into),
            expires_at: Timestamp(session.expires_at),
            impersonated_by: session.impersonated_by.map(Into::into),
            active_organization_id: session.active_organization_id.map(Into::into),
            active_team_id: session.active_team_id.map(Into::into),
        }
    }
}
