//! Better Auth's cookie cache (`session.cookieCache`), in each of its forms.
//!
//! [`Session::cookies`](super::Session::cookies) writes a whole one. The functions here write one of any content, for tests of
//! what a cookie cache may not be.

use aws_lc_rs::{
    cipher::{AES_256, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    digest,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{SigningKey, encoded, random};

/// Better Auth's default.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The `typ` of a cache that a published key has signed.
pub const TYP: &str = "better-auth.session-cache+jwt";
/// The `aud` of a cache that a published key has signed.
pub const AUDIENCE: &str = "better-auth:session-cache";

/// Better Auth's `session.cookieCache.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheForm {
    /// `compact`, the default.
    Compact,
    /// `jwt`, signed with the secret.
    Jwt,
    /// `jwt` with the `jwt` plugin's `sessionCookieCache`: signed with a published key.
    Published,
    /// `jwe`, encrypted.
    Jwe,
}

impl CacheForm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Compact, Self::Jwt, Self::Published, Self::Jwe];
}

/// The cache of a session with its user, written at `now` by the Better Auth of this secret, key and origin.
pub(super) fn write(
    form: CacheForm,
    session: &Value,
    now: DateTime<Utc>,
    secret: &str,
    key: &SigningKey,
    origin: &str,
) -> String {
    let mut content = session.clone();
    content["updatedAt"] = json!(now.timestamp_millis());
    content["version"] = json!("1");
    let end = now + LIFETIME;
    if form == CacheForm::Compact {
        return compact(secret, &content.to_string(), end);
    }
    let mut with = |claims: Value| {
        content.as_object_mut().expect("an object").extend(claims.as_object().cloned().expect("an object"));
        content.clone()
    };
    let (issued_at, end) = (now.timestamp(), end.timestamp());
    match form {
        CacheForm::Published => {
            let (token, user) = (&session["session"]["token"], &session["user"]["id"]);
            let claims = with(json!({
                "sid": token, "sub": user, "iat": issued_at, "exp": end, "iss": origin, "aud": AUDIENCE,
            }));
            let header = json!({ "alg": key.alg(), "kid": key.kid(), "typ": TYP });
            key.sign(&header.to_string(), &claims.to_string())
        }
        CacheForm::Jwe => {
            let header =
                json!({ "alg": "dir", "enc": "A256CBC-HS512", "kid": thumbprint(&encryption_key(secret)) });
            jwe(secret, &header, &with(json!({ "iat": issued_at, "exp": end, "jti": random() })))
        }
        _ => hs256(secret, &json!({ "alg": "HS256" }), &with(json!({ "iat": issued_at, "exp": end }))),
    }
}

/// The form `compact` over this text, which is a JSON object.
///
/// # Panics
///
/// When the text does not end as an object.
#[must_use]
pub fn compact(secret: &str, content: &str, end: DateTime<Utc>) -> String {
    let end = end.timestamp_millis();
    let message = format!(r#"{},"expiresAt":{end}}}"#, content.strip_suffix('}').expect("an object"));
    let signature = encoded(hmac(secret, message.as_bytes()).as_ref());
    let envelope = format!(r#"{{"session":{content},"expiresAt":{end},"signature":"{signature}"}}"#);
    encoded(envelope.as_bytes())
}

/// The form `jwt`: always HMAC-SHA256, whatever the header says.
#[must_use]
pub fn hs256(secret: &str, header: &Value, payload: &Value) -> String {
    let part = |value: &Value| encoded(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(payload));
    format!("{message}.{}", encoded(hmac(secret, message.as_bytes()).as_ref()))
}

/// The form `jwe`: always A256CBC-HS512, whatever the header says.
///
/// # Panics
///
/// When the cipher fails, which it has no reason to.
#[must_use]
pub fn jwe(secret: &str, header: &Value, payload: &Value) -> String {
    let key = encryption_key(secret);
    let (authenticates, encrypts) = key.split_at(32);
    let header = encoded(header.to_string().as_bytes());
    let mut text = payload.to_string().into_bytes();
    let cipher = UnboundCipherKey::new(&AES_256, encrypts).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    let context = cipher.expect("a key").encrypt(&mut text).expect("encrypted");
    let DecryptionContext::Iv128(iv) = context else { panic!("an IV of 16 bytes") };
    let iv: &[u8; 16] = iv.as_ref();
    let bits = u64::try_from(header.len() * 8).expect("a short header").to_be_bytes();
    let sealed = [header.as_bytes(), iv, &text, &bits].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, authenticates), &sealed);
    format!("{header}..{}.{}.{}", encoded(iv), encoded(&text), encoded(&tag.as_ref()[..32]))
}

fn hmac(secret: &str, message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message)
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        64
    }
}

/// Not the verifier's own, so that one is a test of the other.
fn encryption_key(secret: &str) -> [u8; 64] {
    let derived = Salt::new(HKDF_SHA256, b"better-auth-session").extract(secret.as_bytes());
    let mut key = [0; 64];
    let info: [&[u8]; 1] = [b"BetterAuth.js Generated Encryption Key"];
    derived.expand(&info, Length).and_then(|okm| okm.fill(&mut key)).expect("64 bytes");
    key
}

/// RFC 7638.
fn thumbprint(key: &[u8]) -> String {
    let jwk = format!(r#"{{"k":"{}","kty":"oct"}}"#, encoded(key));
    encoded(digest::digest(&digest::SHA256, jwk.as_bytes()).as_ref())
}
