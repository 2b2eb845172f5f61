use crate::{error::AuthError, identity::Identity};

/// How a request ends.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// The caller is known, and may pass.
    Passed(&'a Identity),
    /// Nothing was presented, and guests may pass.
    Guest,
    /// The credential, a policy or a limit turned the request away.
    TurnedAway(&'a AuthError),
    /// The request was given up before it was decided: the client has gone, its time was over, or a strategy or policy panicked.
    Abandoned,
}

impl<'a> Outcome<'a> {
    /// On a route that guests may use: `None` is a guest.
    pub(crate) fn of(result: Result<Option<&'a Identity>, &'a AuthError>) -> Self {
        match result {
            Ok(Some(identity)) => Self::Passed(identity),
            Ok(None) => Self::Guest,
            Err(error) => Self::TurnedAway(error),
        }
    }
}
