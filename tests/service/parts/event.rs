//! Events as Better Auth's plugin sends them to the hook.

use better_auth_verifier::HookSecret;
pub use better_auth_verifier::test_kit::Event;

use super::client::{Ask, ask};

/// Where the hook is.
pub const PATH: &str = "/hooks/better-auth";

/// What the service and the plugin share.
pub const SECRET: &str = "a-hook-secret-of-the-tests-0123456789";

/// The secret of this text.
pub fn secret(text: &str) -> HookSecret {
    text.parse().expect("a secret")
}

/// An event on its way.
pub trait Sent {
    /// The request as the plugin sends it.
    fn ask(&self) -> Ask;
    /// The same with other signatures.
    fn ask_with(&self, signatures: &str) -> Ask;
    /// The same without its body.
    fn ask_without_body(&self, signatures: &str) -> Ask;
}

impl Sent for Event {
    fn ask(&self) -> Ask {
        self.ask_with(&self.signature(&secret(SECRET)))
    }

    fn ask_with(&self, signatures: &str) -> Ask {
        self.ask_without_body(signatures).body("application/json", self.body.as_str())
    }

    fn ask_without_body(&self, signatures: &str) -> Ask {
        ask("POST", PATH)
            .header("webhook-id", self.id.as_str())
            .header("webhook-timestamp", self.timestamp.as_str())
            .header("webhook-signature", signatures)
    }
}
