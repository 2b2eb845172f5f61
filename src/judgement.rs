//! The steps from a credential to a verdict, for explanations, metrics and logs.
//!
//! ```
//! use std::sync::Arc;
//!
//! use better_auth_verifier::{Chain, Credential, SharedSecret, judgement::{Observer, Step}};
//!
//! struct Printed;
//!
//! impl Observer for Printed {
//!     fn step(&self, step: &Step<'_>) {
//!         println!("{step}");
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let shared = SharedSecret::new("a secret of at least thirty-two bytes").unwrap();
//! let credential = Credential::bearer("not-a-token").observed_by(Arc::new(Printed));
//! Chain::default().push(shared).judge(&credential).await;
//! // shared_secret does not claim it: it is a session token without its signature in the carrier authorization
//! # }
//! ```

mod call;
mod check;
mod outcome;
mod step;
mod subject;
mod trace;
mod verdict;

pub(crate) use self::trace::Trace;
pub use self::{
    call::Call,
    check::Check,
    outcome::Outcome,
    step::Step,
    subject::Subject,
    verdict::{Judgement, Verdict},
};

/// Receives the steps of a judgement and its outcome. It runs within the request, so it should be quick. The library's own log
/// is one.
pub trait Observer: Send + Sync + 'static {
    /// One step, in order. It never holds a token.
    fn step(&self, _: &Step<'_>) {}

    /// Whether it wants [checks](Step::Checked) and the time that decisions take. Words for found and expected and readings of the
    /// clock cost time, so an observer that only counts returns `false`. Asked when it is added, and for each check.
    fn hears_details(&self) -> bool {
        true
    }

    /// A request to Better Auth has ended. It may have been made for several credentials, or in the background: a strategy or a
    /// [`KeySource`](crate::KeySource) reports it only to its own observers.
    fn called(&self, _: &Call) {}

    /// An [`Authenticator`](crate::Authenticator) has let a request pass or turned it away, or the request was abandoned.
    ///
    /// A request ends once. Only if several layers protect it, an inner one that rejects a caller whom an outer one accepted
    /// reports that as well.
    fn ended(&self, _: Outcome<'_>, _: &Subject<'_>) {}
}
