use chrono::DateTime;
use serde_json::{Map, Value};

use super::{Contents, explanation::Said};
use crate::credential::{Credential, Form};

/// Letters of one thing that a credential says: anybody can write at length.
const MAX_SHOWN: usize = 128;
/// The claims that are shown. Others may be anything, a token as well, so of these only the names are.
const SHOWN: [&str; 11] =
    ["iss", "aud", "sub", "iat", "nbf", "exp", "token_type", "azp", "client_id", "scope", "version"];
const DATES: [&str; 3] = ["iat", "nbf", "exp"];

impl Contents {
    /// What a credential is and says of itself, without its token.
    pub fn of(credential: &Credential) -> Self {
        let forms: Vec<_> = credential.forms().iter().map(|(form, _)| form.name()).collect();
        let mut unverified = Vec::new();
        let mut say = |name: &str, value: String| unverified.push(Said { name: name.to_owned(), value });
        if let Some(token) = credential.session_token() {
            let signature = if token.signature().is_some() { "with" } else { "without" };
            let encoding = if credential.token().contains('%') { ", percent-encoded" } else { "" };
            let length = token.token().len();
            say("session token", format!("{length} characters, {signature} signature{encoding}"));
        }
        let is_other = credential.session_token().is_none() && credential.jws().is_none();
        if is_other {
            let parts = credential.token().split('.').count();
            say("text", format!("{} characters, {parts} parts between dots", credential.token().len()));
        }
        if let Some(token) = credential.jws() {
            for (name, value) in [
                ("header alg", Some(&token.header.alg)),
                ("header typ", token.header.typ.as_ref()),
                ("header kid", token.header.kid.as_ref()),
            ] {
                if let Some(value) = value {
                    say(name, shown(&Value::from(value.as_str())));
                }
            }
            match token.parts.payload() {
                Ok(payload) => unverified.extend(claims(&payload)),
                Err(_) => say("claims", "unreadable".to_owned()),
            }
        }
        unverified.extend(companions(credential));
        Self {
            carrier: credential.carrier().name(),
            cookie: credential.cookie_name().map(str::to_owned),
            form: forms.join(" or "),
            fingerprint: credential.fingerprint(),
            unverified,
        }
    }
}

/// Whether an opaque text is a cookie cache without its cookie: base64url of JSON with a session, or encrypted.
pub fn is_cookie_cache(credential: &Credential) -> bool {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    let is_compact = || {
        let json = BASE64_URL_SAFE_NO_PAD.decode(credential.token()).unwrap_or_default();
        serde_json::from_slice::<Map<String, Value>>(&json)
            .is_ok_and(|members| members.contains_key("session"))
    };
    let has_session = || {
        let payload = credential.jws().and_then(|token| token.parts.payload().ok());
        payload.is_some_and(|members| members.contains_key("session"))
    };
    credential.forms().contains(Form::Jwe, credential.carrier()) || is_compact() || has_session()
}

/// The claims that are known by name with their values, and the names of the others.
fn claims(payload: &Map<String, Value>) -> Vec<Said> {
    let known = SHOWN.iter().filter_map(|name| Some((*name, payload.get(*name)?)));
    let mut said: Vec<_> = known
        .map(|(name, value)| Said {
            name: name.to_owned(),
            value: date(name, value).unwrap_or_else(|| shown(value)),
        })
        .collect();
    let others: Vec<_> = payload.keys().map(String::as_str).filter(|name| !SHOWN.contains(name)).collect();
    if !others.is_empty() {
        said.push(Said { name: "other claims".to_owned(), value: cut(&others.join(", ")) });
    }
    said
}

fn date(name: &str, value: &Value) -> Option<String> {
    let seconds = value.as_i64().filter(|_| DATES.contains(&name))?;
    Some(format!("{seconds} ({})", DateTime::from_timestamp(seconds, 0)?))
}

/// The cookies beside the session cookie, by their names.
fn companions(credential: &Credential) -> Option<Said> {
    let mut names: Vec<_> = credential.companions().iter().map(crate::credential::Cookie::name).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| Said { name: "cookies beside it".to_owned(), value: cut(&names.join(", ")) })
}

fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
