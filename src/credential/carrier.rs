/// Where the client put its token. Carriers are read in this order; the first present is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Carrier {
    /// `Authorization: Bearer …`
    Authorization,
    /// `X-Session-Token: …`
    Header,
    /// `x-api-key: …`
    ApiKey,
    /// The session cookie.
    Cookie,
}

impl Carrier {
    /// All of them, in the order in which they are read.
    pub const ALL: &'static [Self] = &[Self::Authorization, Self::Header, Self::ApiKey, Self::Cookie];

    /// Its name in logs and documentation.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Header => "header",
            Self::ApiKey => "api_key",
            Self::Cookie => "cookie",
        }
    }
}
