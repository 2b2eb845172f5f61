mod answer;
mod client_pauses;

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::Utc;
use http::{HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{RequestBuilder, Url};

use self::{
    answer::{Answer, UnreadableAnswer},
    client_pauses::ClientPauses,
};
use super::{Strategy, Verdict, signed_token::SessionToken};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    outbound::{ClientError, Outbound, OutboundError, endpoint},
};

/// Larger answers are not read to their end; a session with many custom fields stays far below.
const MAX_BODY: usize = 256 * 1024;

/// Asks Better Auth itself: `GET {base}/get-session`, without refreshing the session and past its cookie cache.
///
/// Trusts Better Auth's answer and needs nothing but its address. Sees a sign-out on the next request. Claims signed
/// session tokens, percent-encoded or not, and raw ones where [`GetSession::with_raw_tokens`] says so.
pub struct GetSession {
    outbound: Outbound,
    session: Url,
    alive: Url,
    raw_tokens: bool,
    fields: AdditionalFields,
    pauses: ClientPauses,
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
            alive: endpoint(base, "ok"),
            raw_tokens: false,
            fields: AdditionalFields::default(),
            pauses: ClientPauses::default(),
            reported: AtomicBool::new(false),
        })
    }

    /// Claims unsigned session tokens too, as bearer or header.
    #[must_use]
    pub fn with_raw_tokens(mut self, raw_tokens: bool) -> Self {
        self.raw_tokens = raw_tokens;
        self
    }

    /// Carries these fields into the identity.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    fn unanswered(&self, error: OutboundError, client: Option<IpAddr>) -> Unverified {
        if error.is_rate_limit() {
            return self.pauses.wait(client, error);
        }
        let (retry_after, may_be_partial) = (error.retry_after(), error.may_be_partial());
        let unanswered =
            if error.is_outage() { Unverified::unavailable(error) } else { Unverified::undecidable(error) };
        let unanswered = unanswered.retry_after(retry_after);
        if may_be_partial { unanswered.in_part() } else { unanswered }
    }

    /// Says once what a person has to change: no request will go through before that.
    fn report(&self, error: UnreadableAnswer) -> Unverified {
        if error == UnreadableAnswer::OtherShape && !self.reported.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "{error}: is it changed by Better Auth's customSession plugin? Let its function return `session` and \
                 `user` beside what it adds, or use another strategy"
            );
        }
        Unverified::undecidable(error)
    }
}

impl Strategy for GetSession {
    fn name(&self) -> &'static str {
        "get_session"
    }

    fn claims(&self, credential: &Credential) -> bool {
        SessionToken::read(credential, self.raw_tokens).is_some()
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = SessionToken::read(credential, self.raw_tokens).ok_or(Refusal::Unclaimed)?;
        presented.check()?;
        let request = present(self.outbound.get(&self.session), credential, &presented)?;
        let client = credential.client();
        self.pauses.check(client)?;
        let request = forward_client(request, client);
        let body = self.outbound.fetch(request, MAX_BODY).await;
        let body = body.map_err(|error| self.unanswered(error, client))?;
        let answer = Answer::read(&body).map_err(|error| self.report(error))?;
        answer.into_identity(presented.token(), Utc::now(), &self.fields)
    }

    /// Not get-session: its rate limit belongs to the callers.
    async fn probe(&self) -> Result<(), Unverified> {
        let request = self.outbound.get(&self.alive);
        self.outbound.reach(request).await.map_err(Unverified::unavailable)
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
    let (name, value) = match (credential.cookie_name(), presented) {
        (Some(cookie), _) => (header::COOKIE, format!("{cookie}={}", credential.token())),
        (None, SessionToken::Raw(token)) => (header::AUTHORIZATION, format!("Bearer {token}")),
        (None, SessionToken::Signed { token, signature }) => {
            let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
            let signature = utf8_percent_encode(signature, NON_ALPHANUMERIC);
            (header::AUTHORIZATION, format!("Bearer {token}.{signature}"))
        }
    };
    let mut value = HeaderValue::try_from(value).map_err(|_| Refusal::Malformed)?;
    value.set_sensitive(true);
    Ok(request.header(name, value))
}

/// A single address: Better Auth rejects a chain, and without any it counts all callers as one.
fn forward_client(request: RequestBuilder, client: Option<IpAddr>) -> RequestBuilder {
    match client {
        Some(client) => request.header("x-forwarded-for", client.to_string()),
        None => request,
    }
}
