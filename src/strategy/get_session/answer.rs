use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    better_auth::SessionJson,
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    judgement::Trace,
    strategy::Verdict,
};

/// The body of get-session: `null`, or a session with its user.
#[derive(Debug)]
pub struct Answer(Option<SessionJson>);

/// Why a body is no answer. The text never quotes the body, which holds the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAnswer {
    /// Neither `null` nor an object.
    #[error("get-session answered neither null nor a session with its user")]
    NoAnswer,
    /// An object without these members, as the customSession plugin makes it.
    #[error("get-session answered an object without `session` or `user`")]
    OtherShape,
}

impl UnreadableAnswer {
    fn of(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::Object(_)) => Self::OtherShape,
            _ => Self::NoAnswer,
        }
    }
}

impl Answer {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, UnreadableAnswer> {
        // A list of both would pass for the object.
        let is_list = body.trim_ascii_start().starts_with(b"[");
        match serde_json::from_slice(body) {
            Ok(answer) if !is_list => Ok(Self(answer)),
            _ => Err(UnreadableAnswer::of(body)),
        }
    }

    /// The identity, if the answer is about the token that was presented.
    pub fn into_identity(
        self,
        presented: &str,
        fields: &AdditionalFields,
        now: DateTime<Utc>,
        trace: &Trace,
    ) -> Verdict {
        let found = self.0.ok_or(Refusal::UnknownSession);
        let is_there = found.is_ok();
        let found = trace.compare("session at Better Auth", found, || {
            let found = if is_there { "a session with its user" } else { "null" };
            (found.to_owned(), "a session with its user as the answer of get-session".to_owned())
        })?;
        if found.token().is_some() && !found.is_of(presented) {
            return Err(Unverified::undecidable(
                "get-session answered with another session than the one asked for",
            ));
        }
        found.into_live_identity(fields, now, trace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"session":{"id":"s","token":"t","expiresAt":"2026-01-08T00:00:00.000Z","userId":"u",
        "ipAddress":""},"user":{"id":"u","name":"Ann","email":"ann@example.com","emailVerified":true,"image":null}}"#;

    fn judge(body: &str, presented: &str) -> Verdict {
        let now = "2026-01-08T00:00:00Z".parse().expect("a date");
        let answer = Answer::read(body.as_bytes()).map_err(Unverified::undecidable)?;
        answer.into_identity(presented, &AdditionalFields::default(), now, &Trace::default())
    }

    #[test]
    fn a_session_is_verified_up_to_and_including_its_expiry() {
        let identity = judge(BODY, "t").expect("verified");
        assert_eq!(identity.user.id, "u");
        assert_eq!(identity.session.expect("a session").id.as_deref(), Some("s"));
        assert!(matches!(
            judge(&BODY.replace("2026-01-08T00:00:00.000Z", "2026-01-07T23:59:59.999Z"), "t"),
            Err(Unverified::Refused(Refusal::Expired))
        ));
    }

    #[test]
    fn null_is_refused() {
        assert!(matches!(judge("null", "t"), Err(Unverified::Refused(Refusal::UnknownSession))));
    }

    #[test]
    fn an_answer_without_a_token_is_taken_and_one_with_another_is_undecidable() {
        assert!(judge(&BODY.replace(r#""token":"t","#, ""), "t").is_ok());
        assert!(matches!(judge(BODY, "T"), Err(Unverified::Undecidable(_))));
    }

    #[test]
    fn every_other_shape_is_undecidable() {
        let without_id = BODY.replace(r#""id":"u","#, "");
        for body in ["", "{}", "[]", "true", r#"{"session":null}"#, "<html>", &BODY[1..], &without_id] {
            assert!(matches!(judge(body, "t"), Err(Unverified::Undecidable(_))), "{body}");
        }
    }

    #[test]
    fn an_object_without_session_or_user_is_told_from_garbage() {
        for body in [r#"{"id":"u"}"#, r#"{"session":{}}"#, r#"{"user":{},"session":"s"}"#] {
            assert_eq!(Answer::read(body.as_bytes()).unwrap_err(), UnreadableAnswer::OtherShape, "{body}");
        }
        for body in ["", "[]", r#"[{"id":"s"},{"id":"u"}]"#, "<html>"] {
            assert_eq!(Answer::read(body.as_bytes()).unwrap_err(), UnreadableAnswer::NoAnswer, "{body}");
        }
    }
}
