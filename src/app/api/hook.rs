use poem::Request;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, param::Header, types::Example};

use super::{
    Tag,
    failure::{Failure, TellRevocation},
    field::Given,
    raw_json::RawJson,
    text::Text,
    timestamp::Timestamp,
};
use crate::{
    Authenticator,
    adapter::poem::hear,
    problem::{Kind, Problem},
    revocation::Hook,
};

/// Hears of sessions and users that have ended or changed.
pub struct Api {
    hook: Hook,
}

impl Api {
    pub fn new(hook: Hook) -> Self {
        Self { hook }
    }
}

#[OpenApi]
impl Api {
    /// Report that a session or user has ended or changed
    ///
    /// For Better Auth's plugin `better-auth-verifier`, which signs each event as the Standard Webhooks specification
    /// says: HMAC-SHA256 with `revocation.hook_secret` over id, timestamp and body. An event is accepted once, and within
    /// five minutes of its `webhook-timestamp`.
    #[oai(
        path = "/hooks/better-auth",
        method = "post",
        operation_id = "tellRevocation",
        tag = "Tag::Revocation"
    )]
    async fn tell(
        &self,
        request: &Request,
        /// Names the event, the same however often it is sent.
        #[oai(name = "webhook-id", validator(min_length = 1, max_length = 256))]
        _id: Header<String>,
        /// When it was sent, in seconds since 1970.
        #[oai(name = "webhook-timestamp")]
        _timestamp: Header<String>,
        /// `v1,` and the signature in base64; several with blanks between.
        #[oai(name = "webhook-signature")]
        _signature: Header<String>,
        body: RawJson<HookEvent>,
    ) -> Result<Accepted, Failure<TellRevocation>> {
        let authenticator = request.data::<Authenticator>().ok_or_else(|| Problem::new(Kind::Internal))?;
        hear(&self.hook, authenticator, request, &body.bytes).await?;
        Ok(Accepted::NoContent)
    }
}

/// What has happened at Better Auth.
#[derive(Object)]
#[oai(example)]
struct HookEvent {
    #[oai(rename = "type")]
    /// Its kind.
    kind: EventKind,
    /// When it happened.
    timestamp: Timestamp,
    /// What it happened to.
    data: EventData,
}

impl Example for HookEvent {
    fn example() -> Self {
        Self {
            kind: EventKind::SessionDeleted,
            timestamp: Timestamp::example(),
            data: EventData {
                session_id: Some(Text("UZhx4pT9vK2mQ7sLwB1nYcRfJd6gE8oA".into())).into(),
                user_id: Text("S5YjZ0hXw3uQ1tVb8nRkPm2LcDfEaG7i".into()),
            },
        }
    }
}

/// What has happened. After every event but `session.updated`, tokens issued to the user up to that second are refused.
#[derive(Enum)]
enum EventKind {
    #[oai(rename = "session.updated")]
    SessionUpdated,
    #[oai(rename = "session.deleted")]
    SessionDeleted,
    #[oai(rename = "user.updated")]
    UserUpdated,
    #[oai(rename = "user.deleted")]
    UserDeleted,
}

/// What it happened to.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct EventData {
    /// The session, where it is about one that has an id.
    session_id: Given<Text>,
    /// The user concerned, or the session's owner.
    user_id: Text,
}

#[derive(ApiResponse)]
enum Accepted {
    /// Accepted; cached results for it are dropped.
    #[oai(status = 204)]
    NoContent,
}
