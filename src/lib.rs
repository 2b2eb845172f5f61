#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests use the current time"))]
//! Verifies who is calling: [Better Auth](https://www.better-auth.com)'s session cookies, session tokens, cookie caches and JWTs, in
//! [Poem](https://docs.rs/poem) apps and around any other framework.
//!
//! What is refused is 401, and only what is known to be bad is refused. What cannot be found out, because a database or Better Auth is
//! out of reach, is 503. So an outage signs nobody out, and lets nobody in.
//!
//! # In ten lines
//!
//! [`BetterAuth`] reads a configuration, with the keys and faults of the service, and puts everything together.
//!
#![cfg_attr(feature = "app", doc = "```no_run")]
#![cfg_attr(not(feature = "app"), doc = "```text")]
//! use better_auth_verifier::{BetterAuth, Identity};
//! use poem::{Route, Server, get, handler, listener::TcpListener};
//!
//! #[handler]
//! fn whoami(caller: Identity) -> String {
//!     format!("You are {}", caller.user.id)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let auth = BetterAuth::from_config("auth.toml").await?;
//!     let app = auth.wrap(Route::new().at("/whoami", get(whoami)));
//!     Ok(Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?)
//! }
//! ```
//!
//! # By hand
//!
//! [`BetterAuth`] puts together parts that are all public. An [`Authenticator`] is made of [`Carriers`], which find the credential, and a [`Chain`] of strategies, which verify it.
//!
#![cfg_attr(feature = "poem", doc = "```")]
#![cfg_attr(not(feature = "poem"), doc = "```text")]
//! use std::time::Duration;
//!
//! use better_auth_verifier::{
//!     Admin, Authenticator, Cached, Carriers, Chain, HasRole, Identity, Jwt, NoStore, Problems, Protect,
//! };
//! use poem::{Endpoint, EndpointExt, Route, get, handler};
//!
//! #[handler]
//! fn whoami(caller: Identity) -> String {
//!     caller.user.id.clone()
//! }
//!
//! fn app() -> Result<impl Endpoint, Box<dyn std::error::Error>> {
//!     let auth = "https://auth.example.com";
//!     let jwt = Jwt::new(format!("{auth}/api/auth/jwks").parse()?, [auth], [auth])?;
//!     let chain = Chain::default().push(Cached::new(jwt, Duration::from_secs(600), 100_000));
//!     let carriers = Carriers::default().with_trusted_origins(["https://app.example.com"]);
//!     let admin = Route::new().at("/whoami", get(whoami)).with(Protect::<HasRole<Admin>>::new());
//!     Ok(Route::new()
//!         .at("/whoami", get(whoami))
//!         .nest("/admin", admin)
//!         .with(Problems)
//!         .with(NoStore)
//!         .data(Authenticator::new(carriers, chain)))
//! }
//! # app().unwrap();
//! ```
//!
//! The library logs with `tracing`. Nothing is printed until the app sets a subscriber.
//!
//! # Where to begin
//!
//! | to | use |
//! |---|---|
//! | protect a Poem app by a configuration | [`BetterAuth`] |
//! | take the caller in a handler | [`Authenticated`], [`MaybeAuthenticated`] with poem-openapi; [`Identity`] without |
//! | protect a whole route tree | [`Protect`] |
//! | answer every failure as a problem, and keep answers out of shared caches | [`Problems`], [`NoStore`] |
//! | verify JWTs | [`Jwt`] |
//! | look sessions up | [`SessionTable`], [`SecondaryStorage`], [`GetSession`] |
//! | verify cookie caches, or tokens of your own services | [`SessionCookieCache`], [`SharedSecret`] |
//! | remember verdicts, and forget them in time | [`Cached`], [`Revocations`] |
//! | bound time and concurrency, and get through outages | [`Guarded`], [`Fallback`] |
//! | say what a caller may do | [`Rule`] from the identity alone, [`Policy`] if a database has to be asked |
//! | say how often | [`Limiter`], [`RouteLimit`] |
//! | write a strategy | [`Strategy`]; the module [`strategy`] is the manual |
//! | use another framework | [`Protection`], [`Problem`] |
//! | hear each step of a judgement | the module [`judgement`] |
//!
//! # Features
//!
//! All but `test-kit` are on by default.
//!
//! | feature | brings |
//! |---|---|
//! | `poem` | extractors and middleware for Poem apps. Without it no web framework is in the tree |
//! | `session-table` | the strategy that reads Better Auth's database |
//! | `secondary-storage` | the strategy that reads Better Auth's Redis |
//! | `config` | what reads a configuration, without a promise of stability |
//! | `app` | [`BetterAuth`], which makes all of it from a configuration |
//! | `server` | the program |
//! | `test-kit` | for tests alone: a fake Better Auth in the process, [`test_kit`] |
//!
//! # More
//!
//! The [documentation](https://github.com/better-auth-verifier/better-auth-verifier/blob/main/docs/README.md) explains strategies,
//! configuration, revocation, outages and limits.

mod adapter;
#[cfg(feature = "app")]
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "the service uses more of it"))]
mod app;
mod audit;
mod authenticator;
mod backoff;
mod better_auth;
mod chance;
mod client;
mod clock;
#[cfg(feature = "config")]
#[doc(hidden)]
pub mod config;
mod credential;
#[cfg(feature = "session-table")]
pub mod database;
mod error;
mod fields;
mod identity;
mod jose;
pub mod judgement;
mod lately_named;
mod limit;
mod outbound;
mod policy;
pub mod problem;
mod protection;
pub mod revocation;
mod scalar;
#[cfg(feature = "server")]
#[doc(hidden)]
pub mod service;
mod spawner;
pub mod strategy;
#[cfg(test)]
mod tally;
#[cfg(feature = "test-kit")]
pub mod test_kit;

// Each item has its page in this module, though some stand in public modules, too.
#[cfg(feature = "poem")]
#[doc(inline)]
pub use self::adapter::poem::{
    AuthProblem, Authenticated, MaybeAuthenticated, NoStore, Problems, Protect, answer_to, client_address,
    responses,
};
#[cfg(feature = "app")]
pub use self::app::{BetterAuth, BetterAuthBuilder, StartError, WrappedEndpoint};
#[cfg(feature = "app")]
pub use self::config::{Fault, Faults};
#[cfg(feature = "secondary-storage")]
#[doc(inline)]
pub use self::strategy::SecondaryStorage;
#[cfg(feature = "session-table")]
#[doc(inline)]
pub use self::strategy::{SessionTable, Triggers};
/// The networks of [`TrustedProxies::new`].
pub use ipnet::IpNet;
/// The address type of [`Jwt::new`] and [`GetSession::new`].
pub use reqwest::Url;

#[doc(inline)]
pub use self::{
    authenticator::{Authenticator, RequestHead},
    better_auth::Secrets,
    chance::Chance,
    client::{TrustedProxies, limit_key},
    clock::Clock,
    credential::{Carrier, Carriers, Cookie, Credential, Form, Forms, Misread, NotMine},
    error::{AuthError, Denial, LimitUnit, Limited, Missing, PassedOver, Refusal, Undecidable, Unverified},
    fields::{AdditionalFields, Field, FieldKind, TokenStays, UnreadableField},
    identity::{Ban, Fields, Identity, Session, User},
    jose::{Algorithm, KeySource, UnknownAlgorithm},
    judgement::{Judgement, Verdict},
    limit::{FailureLimit, Limiter, Rate, RouteLimit, RouteLimits, Unlimited},
    outbound::ClientError,
    policy::{
        Admin, AnyPolicy, AnyUser, Decision, Fresh, HasRole, InRole, NotImpersonated, Policy, Role, Rule,
        Unpermitted, VerifiedEmail,
    },
    problem::{Problem, RequestId},
    protection::{ClientAddress, Protection, PublicPaths, Verified, mark_private},
    revocation::{CutOff, Feed, Feeds, Hook, HookError, HookSecret, Revocations, ShortHookSecret},
    spawner::Spawner,
    strategy::{
        AnyStrategy, Cached, Chain, Fallback, Freshness, GetSession, Guarded, Jwt, Probe, SessionCookieCache,
        SharedSecret, ShortSecret, Standing, Strategy, Wrapper,
    },
};
