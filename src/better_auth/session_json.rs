//! Better Auth's session with its user as JSON: what get-session answers, the cookie cache carries and Redis holds.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::user_from;
use crate::{
    error::{Refusal, Unverified},
    fields::{AdditionalFields, pick},
    identity::{Identity, Session},
    judgement::Trace,
    scalar::{date, text},
};

/// A session and its user, as Better Auth writes them.
#[derive(Debug, Deserialize)]
pub struct SessionJson {
    pub session: Map<String, Value>,
    pub user: Map<String, Value>,
}

/// A session or its user lacks a required member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session lacks its {0}, or holds one that cannot be read")]
pub struct Unreadable(pub &'static str);

impl SessionJson {
    /// The token of this session.
    pub fn token(&self) -> Option<&str> {
        self.session.get("token")?.as_str()
    }

    /// Whether this is the session of that token, letter for letter; compared in constant time.
    pub fn is_of(&self, token: &str) -> bool {
        let same = |own: &str| verify_slices_are_equal(own.as_bytes(), token.as_bytes()).is_ok();
        self.token().is_some_and(same)
    }

    /// When the session was made.
    pub fn created_at(&self) -> Option<DateTime<Utc>> {
        self.session.get("createdAt").and_then(date)
    }

    /// When the session ends.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.session.get("expiresAt").and_then(date)
    }

    /// The id of its user.
    pub fn user_id(&self) -> Result<String, Unreadable> {
        id(&self.user).map(Into::into).ok_or(Unreadable("user's id"))
    }

    /// The identity that this session proves, unless it has expired. Unreadable data is undecidable.
    pub fn into_live_identity(
        self,
        fields: &AdditionalFields,
        now: DateTime<Utc>,
        trace: &Trace,
    ) -> Result<Identity, Unverified> {
        let identity = self.into_identity(fields).map_err(Unverified::undecidable)?;
        let is_alive = identity.expires_at >= now;
        trace.compare("end of the session", is_alive.then_some(()).ok_or(Refusal::Expired), || {
            (identity.expires_at.to_string(), format!("not before {now}"))
        })?;
        Ok(identity)
    }

    /// The identity that this session proves, expired or not.
    pub fn into_identity(self, fields: &AdditionalFields) -> Result<Identity, Unreadable> {
        let user = user_from(&self.user_id()?, &self.user, fields);
        let expires_at = self.expires_at().ok_or(Unreadable("expiresAt"))?;
        let member = |name: &str| {
            self.session.get(name).and_then(text).filter(|text| !text.is_empty()).map(Into::into)
        };
        let session = Session {
            id: id(&self.session),
            created_at: self.created_at(),
            impersonated_by: member("impersonatedBy"),
            active_organization_id: member("activeOrganizationId"),
            active_team_id: member("activeTeamId"),
            fields: pick(fields.session(), &self.session),
            ..Session::ending(expires_at)
        };
        Ok(Identity::of_session(user, session))
    }
}

fn id(members: &Map<String, Value>) -> Option<Box<str>> {
    members.get("id").and_then(text).filter(|id| !id.is_empty()).map(Into::into)
}
