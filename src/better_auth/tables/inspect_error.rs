use std::time::Duration;

use sea_orm::DbErr;

use super::{SchemaFault, Unseen};
use crate::{
    database::{code, is_about_value, message},
    error::Unverified,
};

/// Why the tables could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The database answers, and its tables are not Better Auth's.
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    /// The database may hide the row.
    #[error(transparent)]
    Unseen(#[from] Unseen),
    /// The database does not answer.
    #[error("the database cannot be queried: {}", message(.0))]
    Database(#[from] DbErr),
    /// It does not answer in time.
    #[error("the database did not answer within {0:?}")]
    Timeout(Duration),
}

impl From<InspectError> for Unverified {
    fn from(error: InspectError) -> Self {
        match &error {
            // The database cannot hold this text, but finds others. Its message is left out: it repeats the text, perhaps a token.
            InspectError::Database(cause) if is_about_value(cause) => {
                Self::about_value(format!("the database cannot take this token as a value ({})", code(cause)))
            }
            InspectError::Unseen(Unseen::Behind | Unseen::Unknown(_)) => Self::undecidable(error),
            _ => Self::unavailable(error),
        }
    }
}
