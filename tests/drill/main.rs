//! Claims that need load, outages or many repetitions to be believed: how late a sign-out is seen, what an outage
//! does to those who are signed in, what a storm of requests costs. Each drill prints its figures and holds them to
//! bounds.
//!
//! `tests/drill/run` makes them, one after the other and optimised: the figures of a debug build say nothing.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod connection;
mod crowd;
mod door;
#[path = "../e2e"]
#[expect(dead_code, reason = "much of it is for the end-to-end tests alone")]
mod e2e {
    pub mod parts;
}
mod figures;
mod forged;
mod limits;
mod line;
mod listener;
mod load;
mod mixed;
mod outages;
mod revocation;
mod rotation;
mod sign_out;
mod stampede;
mod storm;
mod upstream;

use self::e2e::parts;
