mod feed;
mod lookup;

use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::{sync::OnceCell, time};

pub use self::feed::Triggers;
use self::lookup::Lookup;
use super::{Standing, Strategy, Verdict, session_tokens::SessionTokens};
use crate::{
    better_auth::{
        Secrets,
        tables::{InspectError, Naming, TimeZone},
    },
    credential::{Credential, Forms},
    database::Reader,
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    identity::Identity,
    revocation::Feeds,
};

/// Looks the session up in Better Auth's own tables: one read-only query for session and user.
///
/// Trusts the database and the secret. Sees a sign-out, a ban and a deletion on the next request, and a cache around it as
/// soon as the database reports them. Claims signed session tokens, percent-encoded or not, and raw ones where
/// [`SessionTable::with_raw_tokens`] says so.
pub struct SessionTable {
    reader: Reader,
    tokens: SessionTokens,
    timeout: Duration,
    naming: Naming,
    fields: AdditionalFields,
    time_zone: TimeZone,
    /// Built on first contact, when the tables' columns are known.
    lookup: OnceCell<Lookup>,
}

impl SessionTable {
    /// `secrets` are Better Auth's (one as text will do); `timeout` bounds each look-up, also when the database hangs.
    #[must_use]
    pub fn new(database: DatabaseConnection, secrets: impl Into<Secrets>, timeout: Duration) -> Self {
        Self {
            reader: Reader::new(database),
            tokens: SessionTokens::new(&secrets.into()),
            timeout,
            naming: Naming::default(),
            fields: AdditionalFields::default(),
            time_zone: TimeZone::default(),
            lookup: OnceCell::new(),
        }
    }

    /// The tables and columns have other names than Better Auth's own.
    #[must_use]
    pub fn with_naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Carries these fields into the identity. Their columns must exist.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// Dates without a time zone are of this one. By default UTC is assumed, and a warning names their columns; `Etc/UTC` confirms
    /// that UTC is right.
    #[must_use]
    pub fn with_time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = zone;
        self
    }

    /// Claims unsigned session tokens too, as bearer or header.
    #[must_use]
    pub fn with_raw_tokens(mut self, raw_tokens: bool) -> Self {
        self.tokens.raw_tokens = raw_tokens;
        self
    }

    /// Checks that Better Auth's tables exist, with the columns that are needed.
    ///
    /// # Errors
    ///
    /// If something is missing, or the database cannot be queried.
    pub async fn inspect(&self) -> Result<(), InspectError> {
        self.within(async { self.lookup().await.map(|_| ()) }).await
    }

    /// The live session of a token whose signature is known to be right.
    pub(super) async fn look_up(&self, token: &str, credential: &Credential) -> Verdict {
        let found = async { self.lookup().await?.find(&self.reader, token).await };
        // The look-up itself ignores case and trailing blanks on MySQL and MariaDB.
        let found = self.within(found).await?.filter(|found| found.is_of(token));
        let found = found.ok_or(Refusal::UnknownSession);
        let is_there = found.is_ok();
        let found = credential.trace().compare("session in the table", found, || {
            let found = if is_there { "a session with its user" } else { "none" };
            (found.to_owned(), "a session with this token, and its user".to_owned())
        })?;
        found.into_live_identity(&self.fields, credential.now(), credential.trace())
    }

    /// The identities that the sessions of these ids prove now, as far as they can be read.
    async fn sessions(&self, ids: Vec<String>) -> Result<Vec<Identity>, InspectError> {
        let found = async { Ok(self.lookup().await?.find_all(self.reader.database(), ids).await?) };
        let found = self.within(found).await?;
        Ok(found.into_iter().filter_map(|found| found.into_identity(&self.fields).ok()).collect())
    }

    async fn lookup(&self) -> Result<&Lookup, InspectError> {
        let prepare = || async {
            // First: a failed connection then says why.
            self.reader.reach().await?;
            Lookup::prepare(self.reader.database(), &self.naming, &self.fields, self.time_zone).await
        };
        self.lookup.get_or_try_init(prepare).await
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

    fn forms(&self) -> Forms {
        self.tokens.forms()
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        self.tokens.read(credential).err().map(|refusal| Err(refusal.into()))
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        self.tokens.standing(credential)
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = self.tokens.read(credential)?;
        self.look_up(presented.token(), credential).await
    }

    async fn probe(&self) -> Result<(), Unverified> {
        let alive = async {
            // This look-up without a token goes the way of every other.
            self.lookup().await?.find(&self.reader, "").await?;
            Ok(())
        };
        Ok(self.within(alive).await?)
    }

    /// Learns of changes from SQLite itself, and from PostgreSQL if its [`Triggers`] are installed; polls MySQL and
    /// MariaDB.
    async fn follow(&self, feeds: Feeds) {
        feed::follow(self, &feeds).await;
    }
}
