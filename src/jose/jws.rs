//! A compact JWS taken apart (RFC 7515 section 7.1), with nothing in it verified yet.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::error::Refusal;

/// The members of Better Auth's JWTs without plugins, and some more: a single allocation is cheaper.
const USUAL_MEMBERS: usize = 14;

/// The header parameters that matter here. `jku`, `jwk`, `x5u` and `x5c` are never looked at: keys come from the
/// configured set alone.
#[derive(Clone)]
pub struct Header {
    pub alg: String,
    pub typ: Option<String>,
    pub kid: Option<String>,
    /// Whether there is a parameter that must be understood, or that changes what was signed.
    pub has_extension: bool,
}

impl Header {
    fn read(mut members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::Malformed),
            None => Ok(None),
        };
        let (alg, typ, kid) = (text("alg")?.ok_or(Refusal::Malformed)?, text("typ")?, text("kid")?);
        let has_extension = members.contains_key("crit") || members.contains_key("b64");
        Ok(Self { alg, typ, kid, has_extension })
    }
}

impl Header {
    /// The beginning of its `alg`, for people: a stranger can send a long one.
    pub fn shown_algorithm(&self) -> String {
        let beginning: String = self.alg.chars().take(16).collect();
        format!("{beginning:?}")
    }
}

/// The three parts of a token, as they stand in it.
pub struct Jws<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// What was signed: header and payload with the dot between them.
    pub message: &'a [u8],
}

impl<'a> Jws<'a> {
    /// Three parts, none of them empty.
    pub fn split(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let complete = !payload.contains('.') && ![header, payload, signature].contains(&"");
        complete.then_some(Self { header, payload, signature, message: message.as_bytes() })
    }

    /// Decodes the header.
    pub fn header(&self) -> Result<Header, Refusal> {
        members(self.header).and_then(Header::read)
    }

    /// Decodes the payload.
    pub fn payload(&self) -> Result<Map<String, Value>, Refusal> {
        members(self.payload)
    }

    /// Decodes the signature.
    pub fn signature(&self) -> Result<Vec<u8>, Refusal> {
        BASE64_URL_SAFE_NO_PAD.decode(self.signature).map_err(|_| Refusal::Malformed)
    }
}

/// A part's JSON object. A member that stands there twice makes the token malformed: two readers could differ.
pub fn members(part: &str) -> Result<Map<String, Value>, Refusal> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&json).map(|UniqueMembers(map)| map).map_err(|_| Refusal::Malformed)
}

/// A JSON object in which no member's name is repeated (RFC 7519 section 4).
struct UniqueMembers(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = UniqueMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object without repeated members")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut map = Map::with_capacity(USUAL_MEMBERS);
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if map.insert(name, value).is_some() {
                        return Err(de::Error::custom("a member is repeated"));
                    }
                }
                Ok(UniqueMembers(map))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", encode(header), encode(payload))
    }

    #[test]
    fn s12_only_three_full_parts_are_a_token() {
        for text in ["", ".", "..", "a.b", "a..c", ".b.c", "a.b.", "a.b.c.d"] {
            assert!(Jws::split(text).is_none(), "{text}");
        }
        let parts = Jws::split("a.b.c").expect("three parts");
        assert_eq!(parts.message, b"a.b");
    }

    #[test]
    fn s12_repeated_members_are_malformed() {
        let text = token(r#"{"alg":"EdDSA","alg":"none"}"#, r#"{"sub":"a","sub":"b"}"#);
        let parts = Jws::split(&text).expect("three parts");
        assert!(parts.header().is_err());
        assert!(parts.payload().is_err());
    }

    #[test]
    fn s5_crit_is_seen_whatever_its_value() {
        let text = token(r#"{"alg":"EdDSA","crit":null,"jku":"https://evil.example"}"#, "{}");
        let header = Jws::split(&text).expect("three parts").header().expect("readable");
        assert!(header.has_extension);
    }
}
