use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{Freshness, Standing, Strategy, Verdict};
use crate::{
    better_auth::{Secrets, SigningKeys, user_from},
    clock::Clock,
    credential::{Carrier, Credential, Form, Forms},
    error::Refusal,
    fields::AdditionalFields,
    identity::{Identity, User},
    jose::{Claims, Expectation, HS256, Jws, Presented},
    judgement::Trace,
};

const TOKEN_TYPE: &str = "token_type";
/// The shortest secret of [`SharedSecret`](super::SharedSecret), in bytes: a key as long as the digest (RFC 7518 section 3.2).
pub const MIN_SECRET: usize = 32;

/// Verifies tokens that services and teams mint themselves with a secret they share: JWTs signed with HS256.
///
/// Trusts everybody who has the secret, and does no look-ups. A token cannot be revoked: it is good until its `exp`. Claims
/// tokens of three parts whose `alg` is HS256. A token names its type (`token_type`): `access` tokens prove who
/// is calling, `refresh` tokens only buy access tokens ([`SharedSecret::exchange`]).
///
/// Better Auth signs its own JWTs in another way. Its secret is a bad choice here: anyone who has it can sign in as any user.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use better_auth_verifier::{SharedSecret, User};
///
/// let shared = SharedSecret::new("a secret of at least thirty-two bytes")?.with_issuer("https://billing.example");
/// let refresh = shared.refresh_token(&User::new("invoices"), Duration::from_hours(24));
/// let access = shared.exchange(&refresh, Duration::from_mins(15)).expect("a good refresh token");
/// assert!(shared.exchange(&access, Duration::from_mins(15)).is_err());
/// # Ok::<_, better_auth_verifier::ShortSecret>(())
/// ```
pub struct SharedSecret {
    trust: Arc<Trust>,
    fields: AdditionalFields,
    /// For minting.
    clock: Clock,
}

/// The checks of a token's claims.
#[derive(Clone)]
struct Trust {
    keys: SigningKeys,
    expected: Expectation,
}

/// A secret that is too short for HS256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shared secret has at least {MIN_SECRET} bytes (RFC 7518 section 3.2)")]
pub struct ShortSecret;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenType {
    Access,
    Refresh,
}

impl TokenType {
    fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

impl SharedSecret {
    /// The current of `secrets` (one as text will do) signs; older ones verify, too, for their rotation.
    ///
    /// # Errors
    ///
    /// If one of them is too short.
    pub fn new(secrets: impl Into<Secrets>) -> Result<Self, ShortSecret> {
        let secrets = secrets.into();
        if secrets.all().any(|secret| secret.len() < MIN_SECRET) {
            return Err(ShortSecret);
        }
        let expected = Expectation {
            issuers: None,
            audiences: None,
            issued_at: false,
            leeway: Duration::from_secs(30),
            max_lifetime: None,
        };
        Ok(Self {
            trust: Arc::new(Trust { keys: SigningKeys::new(secrets.all()), expected }),
            fields: AdditionalFields::default(),
            clock: Clock::System,
        })
    }

    fn expected(&mut self) -> &mut Expectation {
        &mut Arc::make_mut(&mut self.trust).expected
    }

    /// Mints and exchanges tokens by this clock instead of the system's. A token is verified by the credential's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Accepts only tokens of this `iss`, and writes it.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.expected().issuers = Some(vec![issuer.into()]);
        self
    }

    /// Accepts only tokens for this `aud`, and writes it. Without it, any token with an `aud` is refused.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.expected().audiences = Some(vec![audience.into()]);
        self
    }

    /// How far the clocks of those who mint may differ from ours; 30 seconds by default.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.expected().leeway = leeway;
        self
    }

    /// Carries these fields of the user into the identity.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// A token that proves for `lifetime` to be this user. It holds id, e-mail address and whether it is verified, name and role,
    /// and nothing else of the user.
    #[must_use]
    pub fn access_token(&self, user: &User, lifetime: Duration) -> String {
        self.mint(TokenType::Access, claims_of(user), lifetime)
    }

    /// A token that buys access tokens for this user for `lifetime`.
    #[must_use]
    pub fn refresh_token(&self, user: &User, lifetime: Duration) -> String {
        self.mint(TokenType::Refresh, claims_of(user), lifetime)
    }

    /// An access token with all that a refresh token says of its user. The access token may outlive the refresh token.
    ///
    /// # Errors
    ///
    /// Why the refresh token is refused.
    pub fn exchange(&self, refresh_token: &str, lifetime: Duration) -> Result<String, Refusal> {
        let parts = Jws::split(refresh_token).ok_or(Refusal::Malformed)?;
        let (header, trace) = (&parts.header()?, &Trace::default());
        let token = Presented { header, parts, now: self.clock.now(), trace };
        let mut claims = self.read(TokenType::Refresh, &token)?.members;
        // These belong to the old token, and not to its user.
        claims.retain(|name, _| {
            !["iss", "aud", "iat", "nbf", "exp", "jti", TOKEN_TYPE].contains(&name.as_str())
        });
        Ok(self.mint(TokenType::Access, claims, lifetime))
    }

    /// Claims about the user cannot replace those of the token.
    fn mint(&self, token_type: TokenType, mut claims: Map<String, Value>, lifetime: Duration) -> String {
        let now = self.clock.now().timestamp();
        let expected = &self.trust.expected;
        for (name, ours) in [("iss", &expected.issuers), ("aud", &expected.audiences)] {
            if let Some(first) = ours.as_ref().and_then(|names| names.first()) {
                claims.insert(name.into(), json!(first));
            }
        }
        claims.insert("iat".into(), json!(now));
        claims.insert("exp".into(), json!(now.saturating_add_unsigned(lifetime.as_secs())));
        claims.insert(TOKEN_TYPE.into(), json!(token_type.name()));
        self.sign(&Value::Object(claims))
    }

    fn sign(&self, claims: &Value) -> String {
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&json!({"alg": HS256, "typ": "JWT"})), encode(claims));
        let signature = self.trust.keys.sign(message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a credential's access token.
    fn access(&self, credential: &Credential) -> Result<Claims, Refusal> {
        let read = credential.findings().take(&self.trust);
        read.unwrap_or_else(|| {
            let token = credential.jws().ok_or(Refusal::Malformed)?;
            self.read(TokenType::Access, &token)
        })
    }

    fn read(&self, token_type: TokenType, token: &Presented<'_>) -> Result<Claims, Refusal> {
        let Presented { header, parts, now, trace } = token;
        token.check_extensions()?;
        let is_hs256 = header.alg == HS256;
        trace.compare("algorithm", is_hs256.then_some(()).ok_or(Refusal::AlgorithmNotAllowed), || {
            (header.shown_algorithm(), HS256.to_owned())
        })?;
        let verified = self.trust.keys.verify(parts.message, &token.signature()?);
        trace.compare("signature", verified, || {
            let found = if verified.is_ok() { "made" } else { "not made" };
            (format!("{found} with the shared secret"), "made with the shared secret".to_owned())
        })?;
        let claims = Claims::validate(token.payload()?, &self.trust.expected, *now, trace)?;
        let found = claims.members.get(TOKEN_TYPE).and_then(Value::as_str);
        let is_right = found == Some(token_type.name());
        trace.compare(TOKEN_TYPE, is_right.then_some(()).ok_or(Refusal::WrongTokenType), || {
            (
                format!("{:?}", found.map(|found| found.chars().take(16).collect::<String>())),
                token_type.name().to_owned(),
            )
        })?;
        Ok(claims)
    }
}

/// A token's claims about its user.
fn claims_of(user: &User) -> Map<String, Value> {
    let text = |text: &Option<Box<str>>| text.as_ref().map(|text| json!(text));
    let claims = [
        ("sub", Some(json!(user.id))),
        ("email", text(&user.email)),
        ("emailVerified", user.email_verified.then(|| json!(true))),
        ("name", text(&user.name)),
        ("role", text(&user.role)),
    ];
    claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Strategy for SharedSecret {
    fn name(&self) -> &'static str {
        "shared_secret"
    }

    fn forms(&self) -> Forms {
        let carriers = [Carrier::Authorization, Carrier::Header, Carrier::Cookie];
        Forms::of(&[Form::SharedSecretJwt], &carriers)
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        let access = self.access(credential);
        let is_proven = access.is_ok();
        credential.findings().keep(&self.trust, access);
        if is_proven { Standing::proven(credential.token()) } else { Standing::Unknown }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let claims = self.access(credential)?;
        let user = user_from(&claims.subject, &claims.members, &self.fields);
        Ok(Identity::new(user, claims.expires_at))
    }

    fn freshness(&self) -> Freshness {
        Freshness::at_expiry()
    }
}

#[cfg(test)]
mod tests;
