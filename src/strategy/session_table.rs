mod dialect;
mod lookup;
mod schema;
mod signing_key;

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::Utc;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::{sync::OnceCell, time};

pub use self::schema::SchemaFault;
use self::{lookup::Lookup, signing_key::SigningKey};
use super::{Strategy, Verdict, signed_token::SessionToken};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
};

/// Looks the session up in Better Auth's own tables: one read-only query for session and user.
///
/// Trusts the database and the secret. Sees a sign-out, a ban and a deletion on the next request. Claims signed
/// session tokens, percent-encoded or not, and raw ones where [`SessionTable::with_raw_tokens`] says so.
pub struct SessionTable {
    database: DatabaseConnection,
    key: SigningKey,
    raw_tokens: bool,
    timeout: Duration,
    /// Built on first contact, when the tables' columns are known.
    lookup: OnceCell<Lookup>,
}

/// Why the tables could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The database answers, and its tables are not Better Auth's.
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    /// The database does not answer.
    #[error("the database cannot be asked: {0}")]
    Database(#[from] DbErr),
    /// It does not answer in time.
    #[error("the database did not answer within {0:?}")]
    Timeout(Duration),
}

impl SessionTable {
    /// `secret` is Better Auth's; `timeout` bounds each lookup, also when the database hangs.
    #[must_use]
    pub fn new(database: DatabaseConnection, secret: &str, timeout: Duration) -> Self {
        Self { database, key: SigningKey::new(secret), raw_tokens: false, timeout, lookup: OnceCell::new() }
    }

    /// Claims unsigned session tokens too, as bearer or header.
    #[must_use]
    pub fn with_raw_tokens(mut self, raw_tokens: bool) -> Self {
        self.raw_tokens = raw_tokens;
        self
    }

    /// Looks whether Better Auth's tables are there, with the columns that are needed.
    ///
    /// # Errors
    ///
    /// What is missing, or why the database cannot be asked.
    pub async fn inspect(&self) -> Result<(), InspectError> {
        self.within(async { self.lookup().await.map(|_| ()) }).await
    }

    async fn lookup(&self) -> Result<&Lookup, InspectError> {
        self.lookup.get_or_try_init(|| Lookup::prepare(&self.database)).await
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, InspectError>>,
    ) -> Result<T, InspectError> {
        time::timeout(self.timeout, work).await.unwrap_or(Err(InspectError::Timeout(self.timeout)))
    }
}

impl Strategy for SessionTable {
    fn name(&self) -> &'static str {
        "session_table"
    }

    fn claims(&self, credential: &Credential) -> bool {
        SessionToken::read(credential, self.raw_tokens).is_some()
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = SessionToken::read(credential, self.raw_tokens).ok_or(Refusal::Unclaimed)?;
        self.key.check(&presented)?;
        let found = async { Ok(self.lookup().await?.find(&self.database, presented.token()).await?) };
        let row =
            self.within(found).await.map_err(Unverified::undecidable)?.ok_or(Refusal::UnknownSession)?;
        // The lookup itself ignores case and trailing blanks on MySQL and MariaDB.
        verify_slices_are_equal(row.token.as_bytes(), presented.token().as_bytes())
            .map_err(|_| Refusal::UnknownSession)?;
        let identity = row.into_identity().map_err(Unverified::undecidable)?;
        if identity.expires_at < Utc::now() {
            return Err(Refusal::Expired.into());
        }
        Ok(identity)
    }

    async fn probe(&self) -> Result<(), Unverified> {
        let alive = async {
            // A lookup for nobody goes the way of every other.
            self.lookup().await?.find(&self.database, "").await?;
            Ok(())
        };
        self.within(alive).await.map_err(Unverified::undecidable)
    }
}
