//! The contract: every route, documented where it is written.

mod body_fault;
mod document;
mod identity;
mod json_body;
mod public;
mod todo;
mod written_json;

use poem::{IntoEndpoint, Response, endpoint::BoxEndpoint};
use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, Tags};

pub use self::document::Document;
use super::todos::Todos;
use crate::{
    Hook, Revocations,
    app::{
        api::{health, hook},
        readiness::Watch,
    },
};

/// Groups of operations in the documentation.
#[derive(Tags)]
enum Tag {
    /// Who is calling.
    Identity,
    /// The caller's own to-dos.
    Todos,
}

/// Version of the contract, apart from the program's.
const VERSION: &str = "1.0.0";

/// The routes with their document.
pub struct Api {
    /// What the routes promise.
    pub document: Document,
    /// The routes themselves.
    pub routes: BoxEndpoint<'static, Response>,
}

impl Api {
    /// The routes; those of the to-dos only where there is a store for them, the hook only where it has a secret.
    #[must_use]
    pub fn new(watch: Watch, todos: Option<Todos>, hook: Option<Hook>) -> Self {
        // In the order of the documentation.
        let (first, last) = ((identity::Api, public::Api), health::Api::new(watch));
        match (todos.map(todo::Api::new), hook.map(hook::Api::new)) {
            (Some(todos), Some(hook)) => Self::of((first, todos, hook, last)),
            (Some(todos), None) => Self::of((first, todos, last)),
            (None, Some(hook)) => Self::of((first, hook, last)),
            (None, None) => Self::of((first, last)),
        }
    }

    /// The whole contract, connected to nothing.
    #[must_use]
    pub fn contract() -> Document {
        let hook = "no event is signed with this".parse().ok();
        let hook = hook.map(|secret| Hook::new(&secret, Revocations::default()));
        Self::new(Watch::default(), Some(Todos::default()), hook).document
    }

    fn of(routes: impl OpenApi + 'static) -> Self {
        let service = OpenApiService::new(routes, "better-auth-verifier", VERSION)
            .description(include_str!("api/introduction.md"))
            .license(LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/"))
            .contact(ContactObject::new().name("better-auth-verifier"))
            .server("/");
        let document = Document::new(&service.spec());
        Self { document, routes: service.into_endpoint() }
    }
}
