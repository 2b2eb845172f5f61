//! The keys of assertions: kept in the service's own tables, published, and changed in time.

mod command;
mod key_set;
mod key_store;
mod sealer;
mod signing_keys;

pub use self::{
    command::{rotate_keys, withdraw_keys},
    key_set::KeySet,
    signing_keys::SigningKeys,
};
