//! How a request passes: authenticate, permit, limit, and say once how it ended. The order stands here once, for every
//! framework.

mod client_address;
mod public_paths;
mod verified;

use http::{
    Extensions, HeaderMap, HeaderValue,
    header::{self, Entry},
};

pub use self::{client_address::ClientAddress, public_paths::PublicPaths, verified::Verified};
use crate::{
    authenticator::{Authenticator, Case, RequestHead},
    error::AuthError,
    identity::Identity,
    judgement::Outcome,
    limit::{Rate, RouteLimit},
    policy::{AnyPolicy, Policy},
    problem::VARY,
};

/// One request before its handler. The adapter of a framework makes one of what it has, and turns the error into an answer:
///
/// ```
/// use better_auth_verifier::{Authenticator, ClientAddress, Problem, Protection, RequestHead, Unlimited, VerifiedEmail};
///
/// async fn hello(authenticator: &Authenticator, request: &http::Request<()>) -> http::Response<String> {
///     let client = ClientAddress::of(request.extensions(), None);
///     let head = RequestHead { method: request.method(), headers: request.headers(), client };
///     let protection = Protection::new(authenticator, head, request.extensions());
///     match protection.authorize::<VerifiedEmail, Unlimited>().await {
///         Ok(identity) => http::Response::new(format!("hello, {}", identity.user.id)),
///         Err(error) => http::Response::from(&Problem::from(error)),
///     }
/// }
/// ```
///
/// It takes from the extensions the [`Identity`] that an outer layer has found, and [`Verified`]. Each method is one whole
/// request, and observers see it end once.
#[derive(Clone, Copy)]
pub struct Protection<'a> {
    authenticator: &'a Authenticator,
    head: RequestHead<'a>,
    extensions: &'a Extensions,
}

impl<'a> Protection<'a> {
    /// A request with this head and these extensions.
    #[must_use]
    pub fn new(authenticator: &'a Authenticator, head: RequestHead<'a>, extensions: &'a Extensions) -> Self {
        Self { authenticator, head, extensions }
    }

    /// The caller, if a credential is presented and verified; the one that an outer layer has found is not judged again.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::authenticate`].
    pub async fn authenticate(&self) -> Result<Option<Identity>, AuthError> {
        self.authorize_optional(&[], None).await
    }

    /// The caller, if policy `P` permits them, as often as `L` says. The policy goes by the value that the app has given to it
    /// (see [`Authenticator::with_policy`]), or the only one there is, where it is a [`Rule`](crate::Rule).
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), [`AuthError::Missing`], [`AuthError::Denied`], [`AuthError::Undecided`] and
    /// [`AuthError::MissingPolicy`].
    pub async fn authorize<P: Policy, L: RouteLimit>(&self) -> Result<Identity, AuthError> {
        let permit = async |case: &Case<'_>, identity: &Identity| case.permit_as::<P>(identity).await;
        self.pass_known(permit, L::RATE).await
    }

    /// The caller, if all of these policies permit them, as often as `rate` says. For policies that are known only when the
    /// program runs, such as those of a configuration. The first that does not permit decides; where there is none, every
    /// known caller passes.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize), but for [`AuthError::MissingPolicy`].
    pub async fn authorize_by(
        &self,
        policies: &[AnyPolicy],
        rate: Option<Rate>,
    ) -> Result<Identity, AuthError> {
        let permit = async |case: &Case<'_>, identity: &Identity| case.permit(identity, policies).await;
        self.pass_known(permit, rate).await
    }

    /// The same for routes that guests may use: `None` is a guest. A presented credential is judged all the same, and a known
    /// caller needs the permission.
    ///
    /// # Errors
    ///
    /// As [`authorize_by`](Self::authorize_by), but for [`AuthError::Missing`].
    pub async fn authorize_optional(
        &self,
        policies: &[AnyPolicy],
        rate: Option<Rate>,
    ) -> Result<Option<Identity>, AuthError> {
        let mut case = self.case();
        let permit = async |case: &Case<'_>, identity: &Identity| case.permit(identity, policies).await;
        let outcome = self.pass(&mut case, permit, rate).await;
        case.end(Outcome::of(outcome.as_ref().map(Option::as_ref)));
        outcome
    }

    /// The same, followed by `finish`, which makes something from the caller, or from the guest, that the request needs. If it
    /// fails, the request ends with its error, and observers see only that end.
    ///
    /// # Errors
    ///
    /// As [`authorize_optional`](Self::authorize_optional), and those of `finish`.
    pub async fn authorize_then<T>(
        &self,
        policies: &[AnyPolicy],
        rate: Option<Rate>,
        finish: impl FnOnce(Option<&Identity>) -> Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        let mut case = self.case();
        let permit = async |case: &Case<'_>, identity: &Identity| case.permit(identity, policies).await;
        let passed = self.pass(&mut case, permit, rate).await;
        let outcome = passed.and_then(|caller| finish(caller.as_ref()).map(|made| (caller, made)));
        case.end(Outcome::of(outcome.as_ref().map(|(caller, _)| caller.as_ref())));
        outcome.map(|(_, made)| made)
    }

    /// A request that only a known caller may make.
    async fn pass_known(
        &self,
        permit: impl AsyncFnOnce(&Case<'_>, &Identity) -> Result<(), AuthError>,
        rate: Option<Rate>,
    ) -> Result<Identity, AuthError> {
        let mut case = self.case();
        let passed = self.pass(&mut case, permit, rate).await;
        let outcome = passed.and_then(|caller| caller.ok_or(AuthError::Missing));
        case.end(Outcome::of(outcome.as_ref().map(Some)));
        outcome
    }

    /// The order for every request: identify, permit, limit.
    async fn pass(
        &self,
        case: &mut Case<'a>,
        permit: impl AsyncFnOnce(&Case<'_>, &Identity) -> Result<(), AuthError>,
        rate: Option<Rate>,
    ) -> Result<Option<Identity>, AuthError> {
        let Some(identity) = self.identify(case).await? else { return Ok(None) };
        permit(case, &identity).await?;
        case.limit(&identity, rate)?;
        Ok(Some(identity))
    }

    fn case(&self) -> Case<'a> {
        self.authenticator.case(self.head, self.extensions.get::<Identity>())
    }

    async fn identify(&self, case: &mut Case<'a>) -> Result<Option<Identity>, AuthError> {
        let identity = case.identify().await?;
        if identity.is_some() {
            Verified::set_in(self.extensions);
        }
        Ok(identity)
    }
}

/// Marks an answer as one that depends on the caller: `Cache-Control: no-store` and `Vary`. A `Cache-Control` of the answer
/// itself stays.
pub fn mark_private(headers: &mut HeaderMap) {
    match headers.entry(header::VARY) {
        Entry::Vacant(vary) => drop(vary.insert(VARY)),
        // The answer's own `Vary` stays.
        Entry::Occupied(mut vary) => {
            if !vary.iter().any(|varies| *varies == VARY) {
                vary.append(VARY);
            }
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
