use super::{Carrier, Form};

/// Why a strategy does not claim a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotMine {
    /// It has another form, or this form in another carrier.
    #[error("it is {form} in the carrier {}", .carrier.name())]
    Form {
        /// The form that it has.
        form: Form,
        /// Where it was found.
        carrier: Carrier,
    },
    /// The cookies that the strategy reads beside the session cookie are missing.
    #[error("no cookie cache stands beside the session cookie")]
    NoCompanion,
    /// A reason of a strategy outside this crate.
    #[error("{0}")]
    Other(&'static str),
}
