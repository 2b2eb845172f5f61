use std::net::IpAddr;

use crate::credential::{Carrier, Credential};

/// The facts about a request at the end of its judgement. Never a token.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The strategy that decided, or that vouched for the caller.
    pub strategy: Option<&'static str>,
    /// Where the credential was found.
    pub carrier: Option<Carrier>,
    /// The cookie's name, where the carrier is one.
    pub cookie: Option<&'a str>,
    /// The client's address, where it is known.
    pub client: Option<IpAddr>,
    /// What was presented.
    pub(crate) credential: Option<&'a Credential>,
}

impl<'a> Subject<'a> {
    /// The same, with this credential.
    pub(crate) fn of(self, credential: &'a Credential) -> Self {
        Self {
            carrier: Some(credential.carrier()),
            cookie: credential.cookie_name(),
            credential: Some(credential),
            ..self
        }
    }

    /// The strategy's name, or `none`.
    #[must_use]
    pub fn strategy_name(&self) -> &'static str {
        self.strategy.unwrap_or("none")
    }

    /// The carrier's name, or `none`.
    #[must_use]
    pub fn carrier_name(&self) -> &'static str {
        self.carrier.map_or("none", Carrier::name)
    }
}
