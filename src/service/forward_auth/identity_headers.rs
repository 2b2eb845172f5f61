use std::sync::{LazyLock, OnceLock};

use chrono::SecondsFormat;
use hyper::body::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use poem::{
    IntoResponse, Response,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};

use crate::{config::AssertionHeader, identity::Identity, protection::mark_private};

const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const USER_EMAIL: HeaderName = HeaderName::from_static("x-auth-user-email");
const USER_EMAIL_VERIFIED: HeaderName = HeaderName::from_static("x-auth-user-email-verified");
const USER_NAME: HeaderName = HeaderName::from_static("x-auth-user-name");
const USER_ROLE: HeaderName = HeaderName::from_static("x-auth-user-role");
const SESSION_ID: HeaderName = HeaderName::from_static("x-auth-session-id");
const ORGANIZATION_ID: HeaderName = HeaderName::from_static("x-auth-organization-id");
const CLIENT_ID: HeaderName = HeaderName::from_static("x-auth-client-id");
const STRATEGY: HeaderName = HeaderName::from_static("x-auth-strategy");
const EXPIRES: HeaderName = HeaderName::from_static("x-auth-expires");
const ASSERTION: HeaderName = HeaderName::from_static("x-auth-assertion");

/// All that a 200 carries, whoever is calling: a proxy that copies them overwrites whatever the client sent under these names.
const NAMES: [HeaderName; COUNT] = [
    USER_ID,
    USER_EMAIL,
    USER_EMAIL_VERIFIED,
    USER_NAME,
    USER_ROLE,
    SESSION_ID,
    ORGANIZATION_ID,
    CLIENT_ID,
    STRATEGY,
    EXPIRES,
    ASSERTION,
];

const COUNT: usize = 11;
const EMPTY: HeaderValue = HeaderValue::from_static("");

/// All but visible ASCII is encoded, as bytes of UTF-8 (RFC 3986 section 2.1): no value can end a line, and none loses a blank at
/// its ends. So is `%` itself, so that decoding gives back every value.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// The longest name, as it is encoded: a user writes what they like there, and a proxy has room for a few KiB of headers. A longer
/// one ends early. Nothing else is cut, since it decides: a role that lost its end would be another one.
const MAX_NAME: usize = 1024;

/// A guest's headers, from which all are made, with those of every answer and room for what is added to them.
static GUEST: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut headers = HeaderMap::with_capacity(2 * NAMES.len());
    headers.extend(NAMES.map(|name| (name, EMPTY)));
    mark_private(&mut headers);
    headers
});

/// The answer to a proxy whose request may pass: who is calling, in headers.
pub struct IdentityHeaders(Response);

impl IdentityHeaders {
    /// Those of a known caller, or those of a guest; with an assertion where the profile has one, in the header that it says.
    pub fn new(identity: Option<&Identity>, assertion: Option<HeaderValue>, place: AssertionHeader) -> Self {
        let mut response = Response::default();
        *response.headers_mut() = GUEST.clone();
        let headers = response.headers_mut();
        if let Some(identity) = identity {
            let values = identity.memo::<Values>().0.get_or_init(|| Written::of(identity));
            for (header, value) in headers.values_mut().zip(values.read()) {
                *header = value;
            }
        }
        match place {
            AssertionHeader::Own => headers.insert(ASSERTION, assertion.unwrap_or(EMPTY)),
            AssertionHeader::Authorization => {
                headers.insert(header::AUTHORIZATION, assertion.as_ref().map_or(EMPTY, bearer))
            }
        };
        Self(response)
    }
}

/// The values of a caller as they were written once: a [memo](Identity::memo) of their identity.
#[derive(Default)]
struct Values(OnceLock<Written>);

/// The values in the order of [`NAMES`], one behind the other.
struct Written {
    text: Bytes,
    ends: [u32; COUNT],
}

impl Written {
    fn of(identity: &Identity) -> Self {
        let Identity { user, session, strategy, expires_at, .. } = identity;
        let expires = expires_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let values = [
            &*user.id,
            user.email.as_deref().unwrap_or_default(),
            if user.email_verified { "true" } else { "false" },
            begin(user.name.as_deref().unwrap_or_default()),
            user.role.as_deref().unwrap_or_default(),
            session.as_ref().and_then(|session| session.id.as_deref()).unwrap_or_default(),
            "",
            "",
            strategy,
            &expires,
            "",
        ];
        let mut text = String::new();
        let ends = values.map(|value| {
            text.extend(utf8_percent_encode(value, ENCODED));
            u32::try_from(text.len()).expect("no identity has gigabytes")
        });
        Self { text: text.into(), ends }
    }

    fn read(&self) -> impl Iterator<Item = HeaderValue> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let value = self.text.slice(begin..*end as usize);
            begin = *end as usize;
            HeaderValue::from_maybe_shared(value).expect("what is encoded is visible ASCII")
        })
    }
}

/// As much of a name as has room, in whole characters.
fn begin(name: &str) -> &str {
    let mut room = MAX_NAME;
    for (at, character) in name.char_indices() {
        let encoded = utf8_percent_encode(&name[at..at + character.len_utf8()], ENCODED);
        match room.checked_sub(encoded.map(str::len).sum()) {
            Some(left) => room = left,
            None => return &name[..at],
        }
    }
    name
}

fn bearer(assertion: &HeaderValue) -> HeaderValue {
    let mut bearer =
        HeaderValue::try_from([b"Bearer ", assertion.as_bytes()].concat()).expect("no control characters");
    bearer.set_sensitive(true);
    bearer
}

impl IntoResponse for IdentityHeaders {
    fn into_response(self) -> Response {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use percent_encoding::percent_decode_str;

    use super::*;
    use crate::identity::{Session, User};

    fn header(identity: Option<&Identity>, name: &HeaderName) -> String {
        let response = IdentityHeaders::new(identity, None, AssertionHeader::Own).into_response();
        assert_eq!(response.headers().len(), GUEST.len());
        response.headers()[name].to_str().expect("visible ASCII").to_owned()
    }

    #[test]
    fn a_guest_has_every_header_and_all_are_empty() {
        for name in &NAMES {
            assert_eq!(header(None, name), "", "{name}");
        }
    }

    #[test]
    fn an_assertion_stands_where_the_profile_says_and_a_guests_is_empty() {
        let identity = Identity::new(User::new("1"), DateTime::UNIX_EPOCH);
        for (place, own, authorization) in [
            (AssertionHeader::Own, "a.b.c", None),
            (AssertionHeader::Authorization, "", Some("Bearer a.b.c")),
        ] {
            let headers = |identity, assertion| {
                IdentityHeaders::new(identity, assertion, place).into_response().headers().clone()
            };
            let of_caller = headers(Some(&identity), Some(HeaderValue::from_static("a.b.c")));
            assert_eq!(of_caller[ASSERTION], own);
            assert_eq!(
                of_caller.get(header::AUTHORIZATION).map(HeaderValue::as_bytes),
                authorization.map(str::as_bytes)
            );
            let of_guest = headers(None, None);
            assert_eq!(of_guest[ASSERTION], "");
            assert_eq!(of_guest.get(header::AUTHORIZATION).map(HeaderValue::len), authorization.map(|_| 0));
        }
    }

    #[test]
    fn no_value_can_break_out_of_its_header() {
        for name in ["Ada Lovelace", "Zoë", "100%", "a\r\nX-Auth-User-Role: admin", " ada ", "\u{7f}\0"] {
            let mut user = User::new("1");
            user.name = Some(name.into());
            let written = header(Some(&Identity::new(user, DateTime::UNIX_EPOCH)), &USER_NAME);
            assert!(written.bytes().all(|byte| byte.is_ascii_graphic()), "{written}");
            assert_eq!(percent_decode_str(&written).decode_utf8_lossy(), name);
        }
    }

    #[test]
    fn a_long_name_ends_early_in_whole_characters_and_a_long_role_does_not() {
        for (character, most) in
            [("名", MAX_NAME / 9), ("é", MAX_NAME / 6), ("a", MAX_NAME), ("%", MAX_NAME / 3)]
        {
            for (length, told) in [(most, most), (most + 1, most), (10_000, most)] {
                let mut user = User::new("1");
                user.name = Some(character.repeat(length).into());
                user.role = Some(character.repeat(length).into());
                let identity = Identity::new(user, DateTime::UNIX_EPOCH);
                let told = [(USER_NAME, told), (USER_ROLE, length)];
                for (name, told) in told {
                    let written = header(Some(&identity), &name);
                    assert_eq!(
                        percent_decode_str(&written).decode_utf8().as_deref(),
                        Ok(&*character.repeat(told))
                    );
                }
            }
        }
    }

    #[test]
    fn a_caller_is_told_as_it_stands() {
        let mut user = User::new("7");
        (user.email, user.role) = (Some("ada+x@example.com".into()), Some("admin,editor".into()));
        let mut identity = Identity::of_session(user, Session::new("s1", DateTime::UNIX_EPOCH));
        identity.strategy = "session_table";
        let told = [
            (USER_ID, "7"),
            (USER_EMAIL, "ada+x@example.com"),
            (USER_EMAIL_VERIFIED, "false"),
            (USER_NAME, ""),
            (USER_ROLE, "admin,editor"),
            (SESSION_ID, "s1"),
            (ORGANIZATION_ID, ""),
            (CLIENT_ID, ""),
            (STRATEGY, "session_table"),
            (EXPIRES, "1970-01-01T00:00:00.000Z"),
            (ASSERTION, ""),
        ];
        for (name, value) in told {
            assert_eq!(header(Some(&identity), &name), value, "{name}");
        }
    }
}
