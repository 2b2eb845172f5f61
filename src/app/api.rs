//! The routes that every app gets, and the types of their contract.

pub mod failure;
pub mod field;
pub mod health;
pub mod hook;
pub mod one_of;
mod raw_json;
pub mod strategy_names;
pub mod text;
pub mod timestamp;

use poem::{
    Endpoint, IntoEndpoint, Request, Response, Result,
    endpoint::BoxEndpoint,
    error::MethodNotAllowedError,
    http::{HeaderValue, header},
};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::readiness::Watch;
use crate::{
    Hook,
    problem::{Kind, Problem},
};

const HOOK: &str = "/hooks/better-auth";
/// The paths of the routes, that of the hook last.
pub const PATHS: [&str; 4] = ["/health", "/health/live", "/health/ready", HOOK];

/// Groups of operations in the documentation.
#[derive(Tags)]
enum Tag {
    /// What has ended.
    Revocation,
    /// Whether the service runs and can decide.
    Health,
}

/// The routes that every app gets.
pub struct Routes {
    paths: &'static [&'static str],
    endpoint: BoxEndpoint<'static, Response>,
}

impl Routes {
    /// The hook only where it has a secret.
    pub fn new(watch: Watch, hook: Option<Hook>) -> Self {
        let (health, without_hook) = (health::Api::new(watch), PATHS.len() - 1);
        match hook {
            Some(hook) => Self { paths: &PATHS, endpoint: endpoint((hook::Api::new(hook), health)) },
            None => Self { paths: &PATHS[..without_hook], endpoint: endpoint(health) },
        }
    }

    /// Whether a path leads to one of them.
    pub fn has(&self, path: &str) -> bool {
        self.paths.contains(&path)
    }
}

impl Endpoint for Routes {
    type Output = Response;

    /// Poem's 405 lacks the `Allow` header that RFC 9110 section 15.5.6 asks for.
    async fn call(&self, request: Request) -> Result<Response> {
        let methods = if request.uri().path() == HOOK { "POST" } else { "GET, HEAD" };
        self.endpoint.call(request).await.map_err(|error| {
            if !error.is::<MethodNotAllowedError>() {
                return error;
            }
            Problem::new(Kind::MethodNotAllowed)
                .with_header(header::ALLOW, HeaderValue::from_static(methods))
                .into()
        })
    }
}

fn endpoint(routes: impl OpenApi + 'static) -> BoxEndpoint<'static, Response> {
    OpenApiService::new(routes, "better-auth-verifier", env!("CARGO_PKG_VERSION")).into_endpoint()
}
