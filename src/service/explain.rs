//! Explains one credential: what it is, who claims it, what was checked and why it fails.
//!
//! It judges as a request would be judged, with the same carriers and the same chain, and changes nothing: no cache answers or
//! remembers, no limit counts, no session is extended. What it shows holds neither a token nor a secret.

mod advice;
mod command;
mod contents;
mod difference;
mod explainer;
mod explanation;
mod input;
mod profiles;
mod record;
mod text;

pub use self::command::{Form, explain};
use self::explanation::{Claim, Contents, Explanation, Known, Line, PolicyAnswer, ProfileAnswer, Verdict};
pub(super) use self::{
    explainer::Explainer,
    input::{MAX_INPUT, Pasted},
};
