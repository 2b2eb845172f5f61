mod answer;
mod client_pauses;
mod secret_check;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderName, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{RequestBuilder, Url};

use self::{
    answer::{Answer, UnreadableAnswer},
    client_pauses::{ClientPauses, Turn},
    secret_check::SecretCheck,
};
use super::{Standing, Strategy, Verdict, session_tokens::SessionTokens};
use crate::{
    better_auth::{Secrets, SessionToken, taken_back::Routes},
    client::TrustedProxies,
    credential::{Credential, Forms},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    judgement::{Observer, Trace},
    outbound::{ClientError, Outbound, OutboundError, endpoint, observed},
};

/// Larger answers are not read to their end; a session with many custom fields stays far below.
const MAX_BODY: usize = 256 * 1024;

/// Asks Better Auth itself: `GET {base}/get-session`, without refreshing the session and past its cookie cache.
///
/// Trusts Better Auth's answer and needs nothing but its address. Sees a sign-out on the next request. Claims signed
/// session tokens, percent-encoded or not, and raw ones where [`GetSession::with_raw_tokens`] says so. With
/// [`GetSession::with_secrets`] it refuses a forged token by itself, and Better Auth never sees the token.
pub struct GetSession {
    outbound: Outbound,
    session: Url,
    sessions: Url,
    alive: Url,
    tokens: SessionTokens,
    secret_check: Option<SecretCheck>,
    fields: AdditionalFields,
    client_header: HeaderName,
    pauses: ClientPauses,
    observers: Trace,
    /// Whether an answer of another shape has been reported.
    reported: AtomicBool,
}

impl GetSession {
    /// `base` is Better Auth's address with its base path: `http://localhost:3000/api/auth`.
    ///
    /// # Errors
    ///
    /// When this machine's certificate authorities cannot be read.
    pub fn new(base: &Url, timeout: Duration) -> Result<Self, ClientError> {
        let mut session = endpoint(base, "get-session");
        // A refresh would lengthen the session, an impersonation from one hour to a week; the cookie cache would hide
        // a sign-out.
        session.set_query(Some("disableRefresh=true&disableCookieCache=true"));
        Ok(Self {
            outbound: Outbound::new(base, timeout)?,
            session,
            sessions: endpoint(base, "list-sessions"),
            alive: endpoint(base, "ok"),
            tokens: SessionTokens::default(),
            secret_check: None,
            fields: AdditionalFields::default(),
            client_header: TrustedProxies::HEADER,
            pauses: ClientPauses::default(),
            observers: Trace::default(),
            reported: AtomicBool::new(false),
        })
    }

    /// Refuses by itself tokens that none of these secrets has signed (one as text will do).
    ///
    /// `cookies` are the names that the session cookie may have. With them [`Strategy::probe`] finds out whether Better Auth
    /// has the same secret. If it has not, everybody is refused, and the log says so once.
    #[must_use]
    pub fn with_secrets(
        mut self,
        secrets: impl Into<Secrets>,
        cookies: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let secrets = secrets.into();
        let raw_tokens = self.tokens.raw_tokens;
        self.tokens = SessionTokens::new(&secrets);
        self.tokens.raw_tokens = raw_tokens;
        self.secret_check = Some(SecretCheck::new(
            secrets.signing_keys(),
            cookies.into_iter().map(Into::into).collect(),
            Routes { session: self.session.clone(), sessions: self.sessions.clone() },
        ));
        self
    }

    /// Claims unsigned session tokens too, as bearer or header.
    #[must_use]
    pub fn with_raw_tokens(mut self, raw_tokens: bool) -> Self {
        self.tokens.raw_tokens = raw_tokens;
        self
    }

    /// Sends Better Auth the client's address in this header: one of its `advanced.ipAddress.ipAddressHeaders`, by default
    /// `X-Forwarded-For`. Its rate limit counts clients by it.
    #[must_use]
    pub fn with_client_address_header(mut self, header: HeaderName) -> Self {
        self.client_header = header;
        self
    }

    /// Carries these fields into the identity.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// Reports every request to Better Auth to this observer, by [`Observer::called`].
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Without a turn nobody waits afterwards.
    fn unanswered(&self, error: OutboundError, turn: Option<&Turn>) -> Unverified {
        if error.is_rate_limit()
            && let Some(turn) = turn
        {
            return turn.wait(error, &self.client_header);
        }
        let (retry_after, may_be_partial) = (error.retry_after(), error.may_be_partial());
        let unanswered =
            if error.is_outage() { Unverified::unavailable(error) } else { Unverified::undecidable(error) };
        let unanswered = unanswered.retry_after(retry_after);
        if may_be_partial { unanswered.in_part() } else { unanswered }
    }

    /// A single address: Better Auth rejects a chain, and without any it counts all callers as one.
    fn forward_client(&self, request: RequestBuilder, client: Option<IpAddr>) -> RequestBuilder {
        match client {
            Some(client) => request.header(&self.client_header, client.to_string()),
            None => request,
        }
    }

    /// Warns once of a fault that blocks every request until a person mends it.
    fn report(&self, error: UnreadableAnswer, credential: &Credential) -> Unverified {
        let is_due = error == UnreadableAnswer::OtherShape && !credential.is_examined();
        if is_due && !self.reported.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "{error}: does Better Auth's customSession plugin change it? Let its function return `session` and `user` beside \
                 its own fields, or use another strategy"
            );
        }
        Unverified::undecidable(error)
    }
}

impl Strategy for GetSession {
    fn name(&self) -> &'static str {
        "get_session"
    }

    fn forms(&self) -> Forms {
        self.tokens.forms()
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        self.tokens.read(credential).err().map(|refusal| Err(refusal.into()))
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        self.tokens.standing(credential)
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = self.tokens.read(credential)?;
        let request = present(self.outbound.get(&self.session), credential, presented)?;
        // One for somebody who asks why neither waits for others nor makes them wait, and is not counted.
        let is_counted = !credential.is_examined();
        let turn = is_counted.then(|| self.pauses.admit(credential.client())).transpose()?;
        let nobody = Trace::default();
        let observers = if is_counted { &self.observers } else { &nobody };
        let request = self.forward_client(request, credential.client());
        let asked = self.outbound.fetch(request, MAX_BODY);
        let body = observed(observers, "get-session", asked).await;
        let body = body.map_err(|error| self.unanswered(error, turn.as_ref()))?;
        let answer = Answer::read(&body).map_err(|error| self.report(error, credential))?;
        let (now, trace) = (credential.now(), credential.trace());
        let verdict = answer.into_identity(presented.token(), &self.fields, now, trace);
        if is_counted
            && let (Some(check), Ok(_), Some(_)) = (&self.secret_check, &verdict, presented.signature())
        {
            check.confirm();
        }
        verdict
    }

    /// Not get-session: its rate limit is for the callers.
    async fn probe(&self) -> Result<(), Unverified> {
        let request = self.outbound.get(&self.alive);
        observed(&self.observers, "ok", self.outbound.reach(request))
            .await
            .map_err(Unverified::unavailable)?;
        if let Some(check) = &self.secret_check {
            check.run(&self.outbound).await;
        }
        Ok(())
    }
}

/// Sends exactly one credential: Better Auth falls back to the cookie when it does not like the bearer.
///
/// Bearers go percent-encoded, the one signed form that every line of Better Auth accepts.
fn present(
    request: RequestBuilder,
    credential: &Credential,
    presented: &SessionToken,
) -> Result<RequestBuilder, Unverified> {
    let token = presented.token();
    let (name, value) = match (credential.cookie_name(), presented.signature()) {
        (Some(cookie), _) => (header::COOKIE, format!("{cookie}={}", credential.token())),
        (None, None) => (header::AUTHORIZATION, format!("Bearer {token}")),
        (None, Some(signature)) => {
            let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
            let signature = utf8_percent_encode(signature, NON_ALPHANUMERIC);
            (header::AUTHORIZATION, format!("Bearer {token}.{signature}"))
        }
    };
    let mut value = HeaderValue::try_from(value).map_err(|_| Refusal::Malformed)?;
    value.set_sensitive(true);
    Ok(request.header(name, value))
}
