//! A Poem app that knows people by Better Auth's JWTs, and machines by keys of its own.
//!
//! ```sh
//! cargo run --example own_strategy --no-default-features --features poem
//! curl -H 'x-api-key: mk_press_7' http://127.0.0.1:8080/whoami     # a machine
//! curl -H 'authorization: Bearer <JWT>' http://127.0.0.1:8080/whoami   # a person
//! curl -i http://127.0.0.1:8080/whoami                               # a stranger: 401
//! ```
//!
//! People's tokens come from a Better Auth on <http://localhost:3000> (`GET /api/auth/token`). Without one the app
//! starts all the same: machines are served, and people are told 503, because nobody can say who they are.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::{collections::HashMap, env, error::Error};

use better_auth_verifier::{
    AuthProblem, Authenticated, Authenticator, Carrier, Carriers, Chain, Credential, Form, Forms, Identity,
    Jwt, MaybeAuthenticated, NoStore, NotMine, Problems, Refusal, Rule, Strategy, User, Verdict,
};
use chrono::TimeDelta;
use poem::{EndpointExt, Route, Server, listener::TcpListener};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};

/// Where Better Auth runs; also the issuer and the audience of its tokens.
const BETTER_AUTH: &str = "http://localhost:3000";

/// Our own strategy: knows machines by the key in `x-api-key`.
///
/// It keeps the digests of the keys. Neither does a key lie in memory, nor does the time of a look-up tell how much of
/// a guess was right.
struct Machines(HashMap<[u8; 32], &'static str>);

impl Machines {
    /// Takes pairs of key and name. A real app reads them from its database.
    fn new<'a>(machines: impl IntoIterator<Item = (&'a str, &'static str)>) -> Self {
        let known = machines.into_iter().map(|(key, name)| (digest(&Credential::api_key(key)), name));
        Self(known.collect())
    }
}

fn digest(credential: &Credential) -> [u8; 32] {
    credential.digest("machines")
}

impl Strategy for Machines {
    /// Stands in the log, and in the identity as the one who vouched.
    fn name(&self) -> &'static str {
        "machines"
    }

    /// Ours are keys in `x-api-key`.
    fn forms(&self) -> Forms {
        Forms::of(&[Form::ApiKey], &[Carrier::ApiKey])
    }

    /// Is this one of ours? Judged by what it looks like: the strategy that claims a credential is the only one asked about it.
    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        self.forms().admit(credential)?;
        if credential.token().starts_with("mk_") { Ok(()) } else { Err(NotMine::Other("no machine's key")) }
    }

    /// Ours, so we decide. A key that we do not know is refused (401). If we had to ask a database that does not
    /// answer, it would be `Unverified::unavailable` (503) instead.
    async fn verify(&self, credential: &Credential) -> Verdict {
        let name = self.0.get(&digest(credential)).ok_or(Refusal::Other("unknown-machine"))?;
        Ok(Identity::new(User::new(*name), credential.now() + TimeDelta::minutes(5)))
    }
}

/// What a route may ask beyond being known. The chain has noted which strategy vouched.
#[derive(Default)]
struct MachinesOnly;

impl Rule for MachinesOnly {
    const NAME: &'static str = "machines_only";

    fn permits(identity: &Identity) -> bool {
        identity.strategy == "machines"
    }
}

struct Api;

#[OpenApi]
impl Api {
    /// Anybody who is known.
    #[oai(path = "/whoami", method = "get")]
    async fn whoami(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
        let Identity { user, strategy, .. } = auth.identity;
        Ok(PlainText(format!("{} (says {strategy})\n", user.name.as_deref().unwrap_or(&user.id))))
    }

    /// Machines only; a person is told 403.
    #[oai(path = "/readings", method = "post")]
    async fn readings(&self, auth: Authenticated<MachinesOnly>) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(format!("thank you, {}\n", auth.identity.user.id)))
    }

    /// Everybody. But a credential that is presented must be good: optional means absent, never invalid.
    #[oai(path = "/hello", method = "get")]
    async fn hello(
        &self,
        MaybeAuthenticated(caller): MaybeAuthenticated,
    ) -> Result<PlainText<String>, AuthProblem> {
        let name = caller.map_or_else(|| "stranger".into(), |identity| identity.user.id.clone());
        Ok(PlainText(format!("hello, {name}\n")))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In order of trust. Each claims another kind of credential here, so that the order makes no difference.
    let jwks_url = format!("{BETTER_AUTH}/api/auth/jwks").parse()?;
    let chain = Chain::default()
        .push(Jwt::new(jwks_url, [BETTER_AUTH], [BETTER_AUTH])?)
        .push(Machines::new([("mk_press_7", "press-7"), ("mk_oven_2", "oven-2")]));

    // `Problems` turns every failure into problem+json, `NoStore` keeps every answer out of shared caches.
    let app = Route::new()
        .nest("/", OpenApiService::new(Api, "Machines and people", "1.0"))
        .with(Problems)
        .with(NoStore)
        .data(Authenticator::new(Carriers::default(), chain));

    let port = env::var("PORT").map_or(Ok(8080), |port| port.parse())?;
    println!("http://127.0.0.1:{port}/whoami");
    Server::new(TcpListener::bind(("127.0.0.1", port))).run(app).await?;
    Ok(())
}
