//! What happens on the way from a credential to a verdict, for whoever explains, counts or logs it.
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

mod step;
mod trace;

pub use self::step::{Check, Step};
pub(crate) use self::trace::Trace;

/// Hears what happens while a credential is judged. It is called on the request's way, so it should be quick.
pub trait Observer: Send + Sync + 'static {
    /// One step, in order. It never holds a token.
    fn step(&self, step: &Step<'_>);
}
