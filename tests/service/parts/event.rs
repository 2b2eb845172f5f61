//! Events as Better Auth's plugin sends them to the hook.

pub use better_auth_verifier::test_kit::Event;

use super::client::{Ask, ask};

/// Where the hook is.
pub const PATH: &str = "/hooks/better-auth";

/// What the service and the plugin share.
pub const SECRET: &str = "a-hook-secret-of-the-tests-0123456789";

/// An event on its way.
pub trait Sent {
    /// The request as the plugin sends it.
    fn ask(&self) -> Ask;
    /// The same with other signatures.
    fn ask_with(&self, signatures: &str) -> Ask;
    /// The same without its body.
    fn headers(&self, signatures: &str) -> Ask;
}

impl Sent for Event {
    fn ask(&self) -> Ask {
        self.ask_with(&self.signature(SECRET.as_bytes()))
    }

    fn ask_with(&self, signatures: &str) -> Ask {
        self.headers(signatures).body("application/json", self.body.as_str())
    }

    fn headers(&self, signatures: &str) -> Ask {
        ask("POST", PATH)
            .header("webhook-id", self.id.as_str())
            .header("webhook-timestamp", self.timestamp.as_str())
            .header("webhook-signature", signatures)
    }
}
