#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests use the current time"))]
#![cfg_attr(feature = "poem", doc = include_str!("../README.md"))]
//!
//! # Where to begin
//!
//! - Protect handlers of a Poem app: `Authenticated`, `MaybeAuthenticated`; a whole route tree: `Protect`. In another
//!   framework: [`Protection`].
//! - Build the [`Authenticator`] from [`Carriers`] and a [`Chain`] of [`Jwt`], [`SessionCookieCache`], `SessionTable`,
//!   `SecondaryStorage`, [`GetSession`] and [`SharedSecret`].
//! - Cache their verdicts, and end them in time: [`Cached`], [`mod@revocation`]. Withstand outages: [`Guarded`],
//!   [`Fallback`].
//! - Say what a caller may do: [`Rule`] from the identity alone, [`Policy`] also from a database; and how often:
//!   [`RouteLimit`].
//! - Write a strategy of your own: [`mod@strategy`] is the manual.
//! - Features, all on by default: `poem`, the extractors and middleware for Poem apps; `session-table` and
//!   `secondary-storage`, the strategies that read Better Auth's database and its Redis; `config`, which reads a configuration
//!   (without a promise of stability); `server`, the binary.

mod adapter;
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

#[cfg(feature = "poem")]
pub use self::adapter::poem::{
    AuthProblem, Authenticated, MaybeAuthenticated, NoStore, Problems, Protect, answer_to, client_address,
    responses,
};
#[cfg(feature = "secondary-storage")]
pub use self::strategy::SecondaryStorage;
#[cfg(feature = "session-table")]
pub use self::strategy::{SessionTable, Triggers};
/// The networks of [`TrustedProxies::new`].
pub use ipnet::IpNet;
/// The address type of [`Jwt::new`] and [`GetSession::new`].
pub use reqwest::Url;

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
    revocation::{CutOff, Feed, Feeds, Revocations},
    spawner::Spawner,
    strategy::{
        AnyStrategy, Cached, Chain, Fallback, Freshness, GetSession, Guarded, Jwt, Probe, SessionCookieCache,
        SharedSecret, ShortSecret, Standing, Strategy, Wrapper,
    },
};
