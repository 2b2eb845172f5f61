use std::fmt;

/// The form of a token. Nothing in it is verified yet.
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
