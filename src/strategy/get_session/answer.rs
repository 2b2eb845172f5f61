use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    error::{Refusal, Unverified},
    identity::{Identity, Session},
    strategy::{Verdict, user_json::user_from},
};

/// The body of get-session: `null`, or a session with its user.
pub struct Answer(Option<Found>);

#[derive(Deserialize)]
struct Found {
    session: FoundSession,
    user: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundSession {
    id: String,
    token: Option<String>,
    expires_at: DateTime<Utc>,
    impersonated_by: Option<String>,
}

impl Answer {
    /// Reads a body. Anything but the two known shapes is undecidable.
    pub fn read(body: &[u8]) -> Result<Self, Unverified> {
        // The error's text is left out: it may quote the body, and the body holds the token.
        serde_json::from_slice(body).map(Self).map_err(|_| {
            Unverified::undecidable("get-session answered neither null nor a session with its user")
        })
    }

    /// The identity, if the answer is about the token that was presented.
    pub fn into_identity(self, presented: &str, now: DateTime<Utc>) -> Verdict {
        let Found { session, user } = self.0.ok_or(Refusal::UnknownSession)?;
        let about = |token: &str| verify_slices_are_equal(token.as_bytes(), presented.as_bytes()).is_ok();
        if !session.token.as_deref().is_none_or(about) {
            return Err(Unverified::undecidable(
                "get-session answered with another session than the one asked for",
            ));
        }
        if session.expires_at < now {
            return Err(Refusal::Expired.into());
        }
        let id = user.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id =
            id.ok_or_else(|| Unverified::undecidable("get-session answered with a user without an id"))?;
        let mut found = Session::new(session.id, session.expires_at);
        found.impersonated_by = session.impersonated_by;
        Ok(Identity::of_session(user_from(id, &user), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"session":{"id":"s","token":"t","expiresAt":"2026-01-08T00:00:00.000Z","userId":"u",
        "ipAddress":""},"user":{"id":"u","name":"Ann","email":"ann@example.com","emailVerified":true,"image":null}}"#;

    fn judge(body: &str, presented: &str) -> Verdict {
        let now = "2026-01-08T00:00:00Z".parse().expect("a date");
        Answer::read(body.as_bytes())?.into_identity(presented, now)
    }

    #[test]
    fn a_session_is_verified_up_to_and_including_its_expiry() {
        let identity = judge(BODY, "t").expect("verified");
        assert_eq!(identity.user.id, "u");
        assert_eq!(identity.session.expect("a session").id, "s");
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
}
