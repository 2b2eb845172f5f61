//! Short-lived signed JWTs about a verified caller, for an API behind this service: it needs only its language's JWT library and
//! [the key set](KeySet), and no trust in the network. Their keys are kept in the service's own tables, and changed in time.

mod assertions;
mod claims;
mod command;
mod kept_assertions;
mod key_ring;
mod key_rotation;
mod key_set;
mod key_store;
mod sealer;
mod signing_key;

pub use self::{
    assertions::Assertions,
    command::{rotate_keys, withdraw_keys},
    key_rotation::KeyRotation,
    key_set::KeySet,
};
