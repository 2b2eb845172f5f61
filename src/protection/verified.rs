use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use http::Extensions;

/// Remembers that a credential was verified. Put one into the extensions of a request, or one into those of all requests
/// of a connection, and ask it later: a server that runs out of room can then close the connections of strangers first.
#[derive(Clone, Debug, Default)]
pub struct Verified(Arc<AtomicBool>);

impl Verified {
    /// Whether a credential was verified.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes that a credential was verified.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Notes it in the one in these extensions, if there is one.
    pub fn set_in(extensions: &Extensions) {
        extensions.get::<Self>().inspect(|verified| verified.set());
    }
}
