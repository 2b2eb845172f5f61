use std::fmt;

use super::{Carrier, Form, Forms};
use crate::{
    better_auth::SessionToken,
    jose::{HS256, Header, Jws},
};

/// A token parsed once, by its form alone, for all strategies that claim it.
#[derive(Clone)]
pub(super) struct Parsed {
    pub forms: Forms,
    pub session_token: Option<SessionToken>,
    pub header: Option<Header>,
}

impl Parsed {
    /// A text may have two forms: a JWS whose signature is padded looks like a signed session token as well.
    pub fn read(carrier: Carrier, token: &str) -> Self {
        #[cfg(test)]
        crate::tally::count("token read");
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

/// An asymmetric `alg` and no `typ` but `JWT` make a token of the jwt plugin: other tokens signed with the same keys have
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
}
