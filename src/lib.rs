#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! - Protect handlers: [`Authenticated`], [`MaybeAuthenticated`]; a whole route tree: [`Protect`].
//! - Build the [`Authenticator`] from [`Carriers`] and a [`Chain`] of [`Jwt`], [`GetSession`] and `SessionTable`.
//! - Say what a caller may do: [`Policy`].
//! - Write a strategy of your own: [`mod@strategy`] is the manual.
//! - Feature `session-table`: the strategy that reads Better Auth's database. Feature `server`: the binary.

mod audit;
mod authenticator;
mod client;
#[cfg(feature = "server")]
#[doc(hidden)]
pub mod config;
mod credential;
#[cfg(feature = "session-table")]
pub mod database;
mod error;
mod identity;
mod limit;
mod outbound;
mod policy;
pub mod problem;
mod protection;
#[cfg(feature = "server")]
#[doc(hidden)]
pub mod service;
pub mod strategy;

#[cfg(feature = "session-table")]
pub use self::strategy::SessionTable;
/// The networks of [`TrustedProxies::new`].
pub use ipnet::IpNet;
/// The address type of [`Jwt::new`] and [`GetSession::new`].
pub use reqwest::Url;

pub use self::{
    authenticator::{Authenticator, RequestHead},
    client::TrustedProxies,
    credential::{Carrier, Carriers, Cookie, Credential},
    error::{AuthError, Limited, Refusal, Unverified},
    identity::{Ban, Identity, Session, User},
    limit::Limiter,
    outbound::ClientError,
    policy::{Admin, AnyUser, HasRole, Policy, Role, VerifiedEmail},
    problem::{AuthProblem, Problem, Problems, RequestId},
    protection::{Authenticated, ClientAddress, MaybeAuthenticated, NoStore, Protect},
    strategy::{
        Algorithm, Cached, Chain, GetSession, Judgement, Jwt, Probe, Strategy, UnknownAlgorithm, Verdict,
    },
};
