//! A small Poem app with every kind of protected route, judged by a [`Scripted`] strategy.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::mem;

use better_auth_verifier::{
    Admin, AuthProblem, Authenticated, Authenticator, Carriers, Chain, HasRole, Identity, MaybeAuthenticated,
    Rule, VerifiedEmail,
};
use poem::{
    Endpoint, EndpointExt, Request, RequestParts, Response, Route, get, handler,
    http::{self, HeaderMap, uri::Scheme},
    test::TestClient,
    web::{LocalAddr, RemoteAddr},
};
use poem_openapi::{
    Object, OpenApi, OpenApiService,
    payload::{Json, PlainText},
};
use serde_json::Value;

use super::scripted::Scripted;

pub const TRUSTED: &str = "https://app.example";

pub struct Api;

#[derive(Object)]
struct Order {
    amount: u32,
}

/// A policy as a user of the library writes one.
#[derive(Default)]
struct Anns;

impl Rule for Anns {
    const NAME: &'static str = "anns";

    fn permits(identity: &Identity) -> bool {
        identity.user.id == "ann"
    }
}

type Answer = Result<PlainText<String>, AuthProblem>;

#[OpenApi]
impl Api {
    #[oai(path = "/me", method = "get")]
    async fn me(&self, auth: Authenticated) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/orders", method = "post")]
    async fn order(&self, auth: Authenticated, order: Json<Order>) -> Answer {
        Ok(PlainText(format!("{} {}", auth.identity.user.id, order.amount)))
    }

    #[oai(path = "/verified", method = "get")]
    async fn verified(&self, auth: Authenticated<VerifiedEmail>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/admin", method = "get")]
    async fn admin(&self, auth: Authenticated<HasRole<Admin>>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/anns", method = "get")]
    async fn anns(&self, auth: Authenticated<Anns>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/public", method = "get")]
    async fn public(&self, MaybeAuthenticated(identity): MaybeAuthenticated) -> Answer {
        Ok(PlainText(identity.map_or_else(|| "guest".into(), |identity| identity.user.id.clone())))
    }

    /// Reads no credential.
    #[oai(path = "/open", method = "get")]
    async fn open(&self) -> PlainText<&'static str> {
        PlainText("open")
    }
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "a handler owns what it extracts")]
fn plain(identity: Identity) -> String {
    identity.user.id.clone()
}

pub fn document() -> Value {
    serde_json::from_str(&OpenApiService::new(Api, "Test", "1").spec()).expect("JSON")
}

/// The routes, without any middleware.
pub fn routes() -> Route {
    Route::new().at("/plain", get(plain)).nest("/", OpenApiService::new(Api, "Test", "1"))
}

/// Takes the cookie `session`, and as a token what [`Scripted`] understands, except when it begins with `other`.
pub fn authenticator() -> (Authenticator, Scripted) {
    let strategy = Scripted::new("scripted", |credential| !credential.token().starts_with("other"));
    (Authenticator::new(carriers(), Chain::default().push(strategy.clone())), strategy)
}

pub fn carriers() -> Carriers {
    Carriers::new(["session"]).with_trusted_origins([TRUSTED])
}

/// Asks `endpoint` as a server would: poem's own client leaves out the URI as it arrived.
pub fn client(endpoint: impl Endpoint + 'static) -> TestClient<impl Endpoint> {
    client_at(RemoteAddr::default(), endpoint)
}

/// The same from this address.
pub fn client_at(peer: RemoteAddr, endpoint: impl Endpoint + 'static) -> TestClient<impl Endpoint> {
    TestClient::new(endpoint.before(move |mut request: Request| {
        let peer = peer.clone();
        async move {
            let (mut parts, ()) = http::Request::new(()).into_parts();
            parts.method = request.method().clone();
            parts.uri = request.uri().clone();
            parts.headers = mem::take(request.headers_mut());
            parts.extensions = mem::take(request.extensions_mut());
            let parts = (parts, LocalAddr::default(), peer, Scheme::HTTP);
            Ok(Request::from_parts(RequestParts::from(parts), request.take_body()))
        }
    }))
}

/// An answer with all that a test may ask about.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().into_string().await.expect("text");
        Self { status, headers, body }
    }

    /// The header's text, empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The problem, which must be a whole one.
    pub fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{self:?}");
        problem
    }

    /// The last part of the problem's type.
    pub fn kind(&self) -> String {
        let problem = self.problem();
        let kind = problem["type"].as_str().expect("a type");
        kind.rsplit([':', '/']).next().expect("a last part").to_owned()
    }
}

/// Sends `METHOD /path` with these headers.
pub async fn ask<E: Endpoint>(client: &TestClient<E>, request: &str, headers: &[(&str, &str)]) -> Told {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let mut request = client.request(method.parse().expect("a method"), path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Told::read(request.send().await.0).await
}
