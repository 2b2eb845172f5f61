#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! - Protect handlers: [`Authenticated`], [`MaybeAuthenticated`]; a whole route tree: [`Protect`].
//! - Build the [`Authenticator`] from [`Carriers`] and a [`Chain`] of [`Jwt`], [`SessionCookieCache`], `SessionTable`,
//!   `SecondaryStorage`, [`GetSession`] and [`SharedSecret`].
//! - Remember what they verified, and forget it in time: [`Cached`], [`mod@revocation`]. Stay calm in outages: [`Guarded`],
//!   [`Fallback`].
//! - Say what a caller may do: [`Policy`], and how often: [`RouteLimit`].
//! - Write a strategy of your own: [`mod@strategy`] is the manual.
//! - Features `session-table` and `secondary-storage`: the strategies that read Better Auth's database and its Redis.
//!   Feature `server`: the binary.

mod audit;
mod authenticator;
mod backoff;
mod better_auth;
mod client;
mod clock;
#[cfg(feature = "server")]
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
pub mod strategy;

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
    client::TrustedProxies,
    clock::Clock,
    credential::{Carrier, Carriers, Cookie, Credential, Form, Forms, Misread, NotMine},
    error::{AuthError, LimitUnit, Limited, PassedOver, Refusal, Undecidable, Unverified},
    fields::{AdditionalFields, Field, FieldKind, TokenStays, UnreadableField},
    identity::{Ban, Identity, Session, User},
    jose::{Algorithm, KeySource, UnknownAlgorithm},
    limit::{Limiter, Rate, RouteLimit, Unlimited},
    outbound::ClientError,
    policy::{Admin, AnyUser, HasRole, Policy, Role, VerifiedEmail},
    problem::{AuthProblem, Problem, Problems, RequestId},
    protection::{Authenticated, ClientAddress, MaybeAuthenticated, NoStore, Protect},
    revocation::{CutOff, Feed, Feeds, Revocations},
    strategy::{
        AnyStrategy, Cached, Chain, Fallback, Freshness, GetSession, Guarded, Judgement, Jwt, Probe,
        SessionCookieCache, SharedSecret, ShortSecret, Standing, Strategy, Verdict, Wrapper,
    },
};
