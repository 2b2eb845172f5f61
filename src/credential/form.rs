use std::fmt;

use super::{Carrier, Credential};
use crate::{
    better_auth::SessionToken,
    jose::{HS256, Header, Jws},
};

/// What a token looks like. Nothing of it is believed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Better Auth's session token with its signature: `<token>.<signature>`, percent-encoded or not.
    SignedToken,
    /// A session token without a signature, as it stands in the database. A cookie never holds one.
    RawToken,
    /// A JWS with an asymmetric `alg` and no `typ` but `JWT`: what Better Auth's jwt plugin signs.
    Jwt,
    /// A JWS with the `alg` HS256.
    SharedSecretJwt,
    /// A JWS of another algorithm or type, such as an OAuth access token (`at+jwt`).
    OtherJws,
    /// A JWE: five parts.
    Jwe,
    /// A key in the API-key header, whatever it looks like.
    ApiKey,
    /// None of these.
    Opaque,
}

impl Form {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::SignedToken,
        Self::RawToken,
        Self::Jwt,
        Self::SharedSecretJwt,
        Self::OtherJws,
        Self::Jwe,
        Self::ApiKey,
        Self::Opaque,
    ];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedToken => "a signed session token",
            Self::RawToken => "a session token without its signature",
            Self::Jwt => "a JWT",
            Self::SharedSecretJwt => "a JWT signed with HS256",
            Self::OtherJws => "a JWS of another type",
            Self::Jwe => "a JWE",
            Self::ApiKey => "an API key",
            Self::Opaque => "an opaque text",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of forms, each in certain carriers: what a strategy claims.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Forms(u64);

const _: () = assert!(Form::ALL.len() * Carrier::ALL.len() <= 64, "each form has a bit for each carrier");

impl Forms {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every form in every carrier.
    pub const ANY: Self = Self::NONE.with(Form::ALL, Carrier::ALL);

    /// These forms in these carriers.
    #[must_use]
    pub const fn of(forms: &[Form], carriers: &[Carrier]) -> Self {
        Self::NONE.with(forms, carriers)
    }

    /// The same set, and these forms in these carriers.
    #[must_use]
    pub const fn with(self, forms: &[Form], carriers: &[Carrier]) -> Self {
        let (mut set, mut form) = (self.0, 0);
        while form < forms.len() {
            let mut carrier = 0;
            while carrier < carriers.len() {
                set |= bit(forms[form], carriers[carrier]);
                carrier += 1;
            }
            form += 1;
        }
        Self(set)
    }

    /// Whether this form in this carrier is in the set.
    #[must_use]
    pub const fn contains(self, form: Form, carrier: Carrier) -> bool {
        self.0 & bit(form, carrier) != 0
    }

    /// What is in both sets: of two strategies, what the first takes from the second.
    #[must_use]
    pub const fn overlap(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The forms in it, each with its carrier.
    pub fn iter(self) -> impl Iterator<Item = (Form, Carrier)> {
        let pairs = Form::ALL.iter().flat_map(|form| Carrier::ALL.iter().map(|carrier| (*form, *carrier)));
        pairs.filter(move |(form, carrier)| self.contains(*form, *carrier))
    }

    /// Admits a credential that has one of the forms.
    ///
    /// # Errors
    ///
    /// The form that it has instead.
    pub fn admit(self, credential: &Credential) -> Result<(), NotMine> {
        if !self.overlap(credential.forms()).is_empty() {
            return Ok(());
        }
        let form = credential.forms().iter().next().map_or(Form::Opaque, |(form, _)| form);
        Err(NotMine::Form { form, carrier: credential.carrier() })
    }
}

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

const fn bit(form: Form, carrier: Carrier) -> u64 {
    1 << (form as usize * Carrier::ALL.len() + carrier as usize)
}

/// Why a strategy does not claim a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotMine {
    /// It has another form, or this form in another carrier.
    #[error("it is {form} in the carrier {}", .carrier.name())]
    Form {
        /// The form that it has.
        form: Form,
        /// Where it was found.
        carrier: Carrier,
    },
    /// The cookies beside the session cookie that the strategy reads are not there.
    #[error("no cookie cache stands beside the session cookie")]
    NoCompanion,
    /// A reason of a strategy outside this crate.
    #[error("{0}")]
    Other(&'static str),
}

/// A token read once, by its form alone: every strategy that claims it goes on from here.
#[derive(Clone)]
pub(super) struct Parsed {
    pub forms: Forms,
    pub session_token: Option<SessionToken>,
    pub header: Option<Header>,
}

impl Parsed {
    /// A text may have two forms: a JWS whose signature is padded looks like a signed session token as well.
    pub fn read(carrier: Carrier, token: &str) -> Self {
        if carrier == Carrier::ApiKey {
            return Self::of(carrier, &[Form::ApiKey]);
        }
        let header = Jws::split(token).and_then(|jws| jws.header().ok());
        let signed = SessionToken::signed(token);
        match (header, signed) {
            (Some(header), signed) => {
                let forms = [form_of(&header), Form::SignedToken];
                let forms = if signed.is_some() { &forms[..] } else { &forms[..1] };
                Self { session_token: signed, header: Some(header), ..Self::of(carrier, forms) }
            }
            (None, Some(signed)) => {
                Self { session_token: Some(signed), ..Self::of(carrier, &[Form::SignedToken]) }
            }
            (None, None) => Self::unsigned(carrier, token),
        }
    }

    fn unsigned(carrier: Carrier, token: &str) -> Self {
        if carrier != Carrier::Cookie
            && let Some(raw) = SessionToken::raw(token)
        {
            return Self { session_token: Some(raw), ..Self::of(carrier, &[Form::RawToken]) };
        }
        let has_five_parts = token.split('.').count() == 5;
        let form = if has_five_parts { Form::Jwe } else { Form::Opaque };
        Self::of(carrier, &[form])
    }

    fn of(carrier: Carrier, forms: &[Form]) -> Self {
        Self { forms: Forms::of(forms, &[carrier]), session_token: None, header: None }
    }
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.forms.fmt(f)
    }
}

/// An asymmetric `alg` and no `typ` but `JWT` make a token of the jwt plugin: whatever else is signed with the same keys has
/// another `typ`.
fn form_of(header: &Header) -> Form {
    if header.alg == HS256 {
        return Form::SharedSecretJwt;
    }
    let is_asymmetric = ["Ed", "ES", "RS", "PS"].iter().any(|family| header.alg.starts_with(family));
    let is_jwt = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"));
    if is_asymmetric && is_jwt { Form::Jwt } else { Form::OtherJws }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::*;

    const SIGNATURE: &str = "jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";

    fn jws(header: &str, signature: &str) -> String {
        format!("{}.e30.{signature}", BASE64_URL_SAFE_NO_PAD.encode(header))
    }

    fn forms(token: &str) -> Vec<Form> {
        Parsed::read(Carrier::Authorization, token).forms.iter().map(|(form, _)| form).collect()
    }

    #[test]
    fn each_token_has_its_form() {
        for (token, expected) in [
            (format!("token.{SIGNATURE}"), Form::SignedToken),
            ("token".into(), Form::RawToken),
            (jws(r#"{"alg":"EdDSA"}"#, "c2ln"), Form::Jwt),
            (jws(r#"{"alg":"ES256","typ":"jwt"}"#, "c2ln"), Form::Jwt),
            (jws(r#"{"alg":"HS256","typ":"JWT"}"#, "c2ln"), Form::SharedSecretJwt),
            (jws(r#"{"alg":"EdDSA","typ":"at+jwt"}"#, "c2ln"), Form::OtherJws),
            (jws(r#"{"alg":"none"}"#, "c2ln"), Form::OtherJws),
            ("a.b.c.d.e".into(), Form::Jwe),
            ("a.b.c".into(), Form::Opaque),
            ("not a token".into(), Form::Opaque),
            (String::new(), Form::Opaque),
        ] {
            assert_eq!(forms(&token), [expected], "{token}");
        }
    }

    #[test]
    fn the_carrier_matters() {
        let read = |carrier| Parsed::read(carrier, "token").forms;
        assert!(read(Carrier::Header).contains(Form::RawToken, Carrier::Header));
        assert!(read(Carrier::Cookie).contains(Form::Opaque, Carrier::Cookie));
        assert!(read(Carrier::ApiKey).contains(Form::ApiKey, Carrier::ApiKey));
    }

    #[test]
    fn a_text_with_two_forms_is_claimed_by_either() {
        let both = forms(&jws(r#"{"alg":"EdDSA"}"#, SIGNATURE));
        assert_eq!(both, [Form::SignedToken, Form::Jwt]);
    }

    #[test]
    fn sets_are_held_against_each_other() {
        let jwts = Forms::of(&[Form::Jwt], &[Carrier::Authorization, Carrier::Header]);
        let headers = Forms::of(Form::ALL, &[Carrier::Header]);
        assert_eq!(jwts.overlap(headers), Forms::of(&[Form::Jwt], &[Carrier::Header]));
        assert!(jwts.overlap(Forms::of(&[Form::Jwe], Carrier::ALL)).is_empty());
        let refused = jwts.admit(&Credential::api_key("token"));
        assert_eq!(refused, Err(NotMine::Form { form: Form::ApiKey, carrier: Carrier::ApiKey }));
    }
}
