use std::time::Duration;

use http::{HeaderName, header};

use super::{Dependency, Deployment, Facts, Kind, Need};
use crate::{
    config::{Cache, Config, Outage, builder::Builder, fault::shown_text, reader::Reader},
    strategy::{self, AnyStrategy},
};

pub(super) const FACTS: Facts = Facts {
    claims_session_tokens: true,
    has_sessions: true,
    better_auth_secret: Need::IfKnown,
    ..Facts::PLAIN
};

/// Headers that mean something else: the client's address there would change the question.
pub(in crate::config) const OTHERS: [HeaderName; 10] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::COOKIE,
    header::HOST,
    header::ORIGIN,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
];

/// The `get_session` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    /// The header that gives Better Auth the client's address.
    pub client_address_header: HeaderName,
    /// Without an answer by then, a credential is undecidable.
    pub timeout: Duration,
    /// The cache of verdicts, unless it is off.
    pub cache: Option<Cache>,
    /// The behaviour while Better Auth is out of reach.
    pub outage: Outage,
}

impl Kind for GetSession {
    fn read(reader: &mut Reader, _deployment: Deployment<'_>) -> Self {
        let expected = "the name of a header for the client's address, such as \"CF-Connecting-IP\"";
        Self {
            client_address_header: reader.parse(
                "get_session.client_address_header",
                expected,
                client_address_header,
            ),
            timeout: reader.positive_duration("get_session.timeout"),
            cache: Cache::read(reader, "get_session"),
            outage: Outage::read(reader, "get_session"),
        }
    }

    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn outage(&self) -> Option<&Outage> {
        Some(&self.outage)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![Dependency::BetterAuth, Dependency::Secret]
    }

    fn place(&self, config: &Config) -> Option<String> {
        let key = "better_auth.internal_url";
        let address = shown_text(key, config.better_auth.internal_url.as_str());
        Some(format!("Better Auth at {address} ({key}, else better_auth.url)"))
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let better_auth = &builder.config.better_auth;
        let mut strategy = strategy::GetSession::new(&better_auth.internal_url, self.timeout)?
            .with_client_address_header(self.client_address_header.clone())
            .with_raw_tokens(better_auth.raw_tokens)
            .with_fields(builder.config.fields.clone());
        if let Some(secrets) = &better_auth.secrets {
            strategy = strategy.with_secrets(secrets.clone(), &better_auth.session_cookies);
        }
        if let Some(observer) = &builder.observer {
            strategy = strategy.with_observer(observer.clone());
        }
        Ok(builder.guarded(self.cache(), Some(&self.outage), strategy, self.timeout))
    }
}

fn client_address_header(text: &str) -> Option<HeaderName> {
    text.parse().ok().filter(|name| !OTHERS.contains(name))
}
