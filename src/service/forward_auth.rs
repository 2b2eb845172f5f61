//! Answers proxies: may a request pass, and whose is it?
//!
//! A proxy asks for each request before it hands it on, with the client's headers. A 200 carries the identity in headers; any
//! other answer is the problem, which the proxy passes to the client as far as it can.

mod forwarded;
mod identity_headers;
mod profile;

use std::net::IpAddr;

use futures_util::{FutureExt, future::BoxFuture};
use poem::{IntoResponse, Request, Response, Result};

use self::{forwarded::Forwarded, identity_headers::IdentityHeaders, profile::Profile};
use crate::{
    adapter::poem::client_address,
    authenticator::{Authenticator, RequestHead},
    client::TrustedProxies,
    clock::Clock,
    config::{self, Config},
    error::AuthError,
    lately_named::LatelyNamed,
    problem::{Kind, Problem},
    protection::Protection,
    service::{assertion::KeyRotation, current_request::CurrentRequest, parts::Parts},
};

/// The path of the endpoint, and what the paths of profiles begin with.
const PATH: &str = "/forward-auth";
/// The log shows no more of a name.
const MAX_NAME: usize = 64;
/// The profile that answers where the path names none.
const DEFAULT: &str = "default";

/// The endpoint for proxies, where the configuration has profiles.
pub struct ForwardAuth {
    authenticator: Authenticator,
    proxies: TrustedProxies,
    profiles: Vec<Profile>,
    /// Peers that asked without being proxies.
    strangers: LatelyNamed<IpAddr>,
    /// Profiles that somebody asked for and that are none.
    unknown: LatelyNamed<String>,
    clock: Clock,
}

impl ForwardAuth {
    /// Judges as the service's own routes do, and counts with them, but with stricter origins.
    pub fn new(config: &Config, parts: &Parts) -> Self {
        let assertions = parts.stores.key_rotation.as_ref().map(KeyRotation::assertions);
        let profiles = config.forward_auth.profiles.iter();
        Self {
            authenticator: parts
                .app
                .authenticator
                .clone()
                .with_carriers(config.carriers().with_strict_origins()),
            proxies: config.server.proxies(),
            profiles: profiles.map(|profile| Profile::new(profile, assertions.as_ref())).collect(),
            strangers: LatelyNamed::default(),
            unknown: LatelyNamed::default(),
            clock: parts.lasting.app.ids.clock,
        }
    }

    /// The paths that lead to a profile.
    pub fn paths(config: &config::ForwardAuth) -> impl Iterator<Item = String> {
        let of_profile = |profile: &config::Profile| {
            let own = format!("{PATH}/{}", profile.name);
            [Some(own), (profile.name == DEFAULT).then(|| PATH.to_owned())]
        };
        config.profiles.iter().flat_map(of_profile).flatten()
    }

    /// Whether a path is one of its own.
    pub fn is_at(path: &str) -> bool {
        path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Begins to answer a proxy.
    pub fn call(&self, request: Request) -> BoxFuture<'_, Result<Response>> {
        async move {
            self.admit(&request)?;
            let profile = self.profile(request.uri().path())?;
            let forwarded = Forwarded::read(&request)?;
            forwarded.log();
            CurrentRequest::with(|request| {
                request.is_about(forwarded.method().clone(), forwarded.path().to_owned());
            });
            let answer = self.judge(profile, &request, &forwarded).await;
            Ok(answer.map_or_else(
                |error| {
                    // The address that the client knows is not the one that the proxy asks.
                    let request_id = CurrentRequest::with(|request| request.id().clone());
                    Problem::from(error).with_instance(forwarded.path(), request_id.as_ref()).into_response()
                },
                IntoResponse::into_response,
            ))
        }
        .boxed()
    }

    fn profile(&self, path: &str) -> Result<&Profile, Problem> {
        let rest = path.strip_prefix(PATH).unwrap_or_default();
        let name = if rest.is_empty() { DEFAULT } else { rest.strip_prefix('/').unwrap_or_default() };
        self.profiles.iter().find(|profile| profile.name == name).ok_or_else(|| {
            self.report_unknown(name);
            Problem::new(Kind::NotFound)
        })
    }

    /// Warns about a request for an unknown profile. Where a proxy lets its clients choose the name, they choose any.
    fn report_unknown(&self, name: &str) {
        let name = &name[..name.floor_char_boundary(MAX_NAME)];
        let Some(silence) = self.unknown.admit(name) else { return };
        let known: Vec<_> = self.profiles.iter().map(|profile| &*profile.name).collect();
        let known = known.join(", ");
        tracing::warn!(
            "a proxy asks for {PATH}/{name}, which gets 404: [forward_auth.profiles] has only {known}. If the proxy's \
             configuration names this profile, add it here or mend the path there; if a client chose the path, configure the \
             proxy to ask for one profile only{silence}"
        );
    }

    /// Lets proxies pass and nobody else: what a proxy says of the client is believed.
    fn admit(&self, request: &Request) -> Result<(), Problem> {
        let peer = request.remote_addr().as_socket_addr().map(|peer| peer.ip().to_canonical());
        if peer.is_some_and(|peer| self.proxies.trusts(peer)) {
            return Ok(());
        }
        if let Some((peer, silence)) = peer.and_then(|peer| Some((peer, self.strangers.admit(&peer)?))) {
            tracing::warn!(
                "{peer} asks {PATH} and is not in server.trusted_proxies, so it gets 403. If it is your proxy, add it; if not, \
                 let nobody but your proxies reach {PATH}. Other paths of this service may be public{silence}"
            );
        }
        Err(Problem::new(Kind::Forbidden))
    }

    async fn judge(
        &self,
        profile: &Profile,
        request: &Request,
        forwarded: &Forwarded<'_>,
    ) -> Result<IdentityHeaders, AuthError> {
        let head = RequestHead {
            method: forwarded.method(),
            headers: request.headers(),
            client: client_address(request),
        };
        let protection = Protection::new(&self.authenticator, head, request.extensions());
        profile.answer(&protection, self.clock).await
    }
}
