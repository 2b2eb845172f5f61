use std::fmt;

use aws_lc_rs::rand;

/// A source of random bytes, as an argument.
#[derive(Clone, Copy)]
pub struct Chance(fn(&mut [u8]));

impl Chance {
    /// The system's source, fit for secrets.
    pub const SYSTEM: Self = Self(fill);

    /// `N` random bytes.
    ///
    /// # Panics
    ///
    /// If the system has none: then no secret can be made.
    #[must_use]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for random bytes")]
fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the system has random numbers");
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
