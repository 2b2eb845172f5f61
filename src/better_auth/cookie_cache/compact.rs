use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::opened::{Opened, Proof};
use crate::error::Refusal;

/// Better Auth's own form: base64url of `{"session":<payload>,"expiresAt":<ms>,"signature":"<base64url>"}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compact<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    expires_at: i64,
    signature: String,
}

/// Opens it. The signature covers the payload with `expiresAt` as its last member, in the very bytes that JavaScript wrote:
/// the text is spliced, never serialized again.
pub fn open(text: &str) -> Result<Opened, Refusal> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)?;
    let Compact { session, expires_at, signature } =
        serde_json::from_slice(&json).map_err(|_| Refusal::Malformed)?;
    let payload = session.get();
    let unclosed = payload.strip_suffix('}').ok_or(Refusal::Malformed)?;
    let end = DateTime::from_timestamp_millis(expires_at).ok_or(Refusal::Malformed)?;
    let proof = Proof::Secret {
        message: format!(r#"{unclosed},"expiresAt":{expires_at}}}"#).into_bytes(),
        signature: BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?,
    };
    let content = serde_json::from_str(payload).map_err(|_| Refusal::Malformed)?;
    Ok(Opened::new(content, end, proof))
}
