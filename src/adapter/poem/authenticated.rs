use std::marker::PhantomData;

use poem::{Request, RequestBody, Result};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, registry::Registry};

use super::{authorize, protection, schemes};
use crate::{
    identity::Identity,
    limit::{RouteLimit, Unlimited},
    policy::{AnyUser, Policy},
};

/// Requires a known caller whom policy `P` permits and who stays within the route's limit `L`. Make it the first parameter
/// of an `#[OpenApi]` handler: parameters are read in order, so a stranger's body is never parsed.
///
/// ```
/// use better_auth_verifier::{Admin, AuthProblem, Authenticated, HasRole};
/// use poem_openapi::{OpenApi, param::Path, payload::PlainText};
///
/// struct Orders;
///
/// #[OpenApi]
/// impl Orders {
///     #[oai(path = "/orders", method = "get")]
///     async fn list(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
///         Ok(PlainText(format!("the orders of {}", auth.identity.user.id)))
///     }
///
///     #[oai(path = "/orders/:id", method = "delete")]
///     async fn remove(
///         &self,
///         auth: Authenticated<HasRole<Admin>>,
///         id: Path<String>,
///     ) -> Result<PlainText<String>, AuthProblem> {
///         Ok(PlainText(format!("{} removed {}", auth.identity.user.id, id.0)))
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Authenticated<P = AnyUser, L = Unlimited> {
    /// Who is calling.
    pub identity: Identity,
    rules: PhantomData<fn() -> (P, L)>,
}

/// Serves callers and strangers alike: `None` is a stranger. A refused credential is still a 401, an undecidable one a
/// 503: optional means absent, never invalid.
#[derive(Clone, Debug)]
pub struct MaybeAuthenticated(pub Option<Identity>);

impl<'a, P: Policy, L: RouteLimit> ApiExtractor<'a> for Authenticated<P, L> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        schemes::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        schemes::NAMES.to_vec()
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let identity = authorize::<P, L>(request).await?;
        Ok(Self { identity, rules: PhantomData })
    }
}

impl<'a> ApiExtractor<'a> for MaybeAuthenticated {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        schemes::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        schemes::NAMES.to_vec()
    }

    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        Ok(Self(protection(request)?.authenticate().await?))
    }
}
