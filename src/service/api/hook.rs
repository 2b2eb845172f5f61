use poem::{Request, http::StatusCode};
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
    adapter::poem::client_address,
    problem::{Kind, Problem},
    protection::Verified,
    revocation::MAX_NAME,
    service::hook::{Event, Hook, HookError, Signed},
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
        id: Header<String>,
        /// When it was sent, in seconds since 1970.
        #[oai(name = "webhook-timestamp")]
        timestamp: Header<String>,
        /// `v1,` and the signature in base64; several with blanks between.
        #[oai(name = "webhook-signature")]
        signature: Header<String>,
        body: RawJson<HookEvent>,
    ) -> Result<Accepted, Failure<TellRevocation>> {
        let authenticator = request.data::<Authenticator>().ok_or_else(|| Problem::new(Kind::Internal))?;
        let client = client_address(request);
        let signed = Signed { id: &id, timestamp: &timestamp, signatures: &signature, body: &body.bytes };
        if let Err(refusal) = self.hook.verify(&signed) {
            return Err(
                Problem::from(authenticator.refused(self.hook.refuse(refusal, client), client)).into()
            );
        }
        Verified::set_in(request.extensions());
        let event = body.parse().map_err(|reason| Failure::bad_request(&reason))?;
        event.data.check_lengths().map_err(|reason| Failure::bad_request(&reason))?;
        self.hook.accept(&id, event.into()).await?;
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
#[derive(Enum, PartialEq, Eq)]
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

impl EventData {
    /// What is remembered by name is bounded in bytes, too.
    fn check_lengths(&self) -> Result<(), String> {
        let session = self.session_id.0.value();
        let named = [("sessionId", session), ("userId", Some(&self.user_id))];
        match named.into_iter().find(|(_, id)| id.is_some_and(|id| id.0.len() > MAX_NAME)) {
            Some((member, _)) => Err(format!("`data.{member}` has more than {MAX_NAME} bytes")),
            None => Ok(()),
        }
    }
}

impl From<HookEvent> for Event {
    /// Only a session that has changed leaves tokens as they are.
    fn from(event: HookEvent) -> Self {
        let HookEvent { kind, timestamp, data } = event;
        Self {
            session: data.session_id.value().map(|id| id.0),
            user: data.user_id.0,
            cut_off_at: (kind != EventKind::SessionUpdated).then_some(timestamp.0),
        }
    }
}

#[derive(ApiResponse)]
enum Accepted {
    /// Accepted; cached results for it are dropped.
    #[oai(status = 204)]
    NoContent,
}

impl From<HookError> for Failure<TellRevocation> {
    fn from(refused: HookError) -> Self {
        match refused {
            HookError::Replay => {
                let conflict = Problem::new(Kind::Other(StatusCode::CONFLICT));
                conflict.with_detail(refused.to_string()).into()
            }
            HookError::Future => Self::bad_request("`timestamp` is in the future"),
            HookError::Store(error) => {
                tracing::error!(%error, "a cut-off cannot be kept; the plugin will tell it again");
                Problem::new(Kind::Unavailable).into()
            }
        }
    }
}
