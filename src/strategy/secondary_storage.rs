mod connection;
mod stored;
mod tracking;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::join;
use moka::sync::Cache;
use redis::{ErrorKind, RedisError};
use tokio::time;

use self::{
    connection::Connection,
    stored::{REVOKED_BEFORE, UnreadableEntry},
    tracking::{Tracking, entry_digest},
};
#[cfg(feature = "session-table")]
use super::{SessionTable, guarded::Guard};
use super::{Standing, Strategy, Verdict, session_tokens::SessionTokens};
use crate::{
    better_auth::{Secrets, SessionToken},
    credential::{Credential, Forms},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    identity::EntryDigest,
    revocation::Feeds,
};

/// The length of Better Auth's session tokens. Its options choose the generator of ids, not of these.
const TOKEN_LENGTH: usize = 32;
/// The most owners that are kept: two megabytes.
const MAX_OWNERS: u64 = 10_000;

/// Looks the session up where Better Auth keeps it in Redis (`secondaryStorage`).
///
/// Trusts Redis and the secret. Sees a sign-out and a revocation on the next request, and a cache around it as soon as Redis
/// reports them; the user is the copy that Better Auth keeps there, so a ban or a role written directly into its database
/// is seen when Better Auth writes the session anew. Claims signed session tokens, percent-encoded or not, and raw ones
/// where [`SecondaryStorage::with_raw_tokens`] says so.
pub struct SecondaryStorage {
    redis: Connection,
    prefix: String,
    tokens: SessionTokens,
    timeout: Duration,
    fields: AdditionalFields,
    /// The owner of a session at its last look-up. Only a guess, and never a verdict: with it the marker of its user is read
    /// together with the session.
    owners: Cache<EntryDigest, Arc<str>>,
    #[cfg(feature = "session-table")]
    table: Option<(SessionTable, Guard)>,
}

/// The sessions of a user that were made before this do not count, if there is such a time.
type Marker = Option<DateTime<Utc>>;

/// Why Redis gave no usable answer.
#[derive(Debug, thiserror::Error)]
enum StorageError {
    #[error("Redis cannot be queried: {0}")]
    Redis(#[from] RedisError),
    #[error("Redis did not answer within {0:?}")]
    Timeout(Duration),
    #[error(transparent)]
    Entry(#[from] UnreadableEntry),
}

/// The address names no Redis.
#[derive(Debug, thiserror::Error)]
#[error("not an address of a Redis: {0}")]
pub struct StorageAddressError(#[from] RedisError);

impl SecondaryStorage {
    /// `url` is `redis://` or `rediss://`; `secrets` are Better Auth's (one as text will do); `timeout` bounds each
    /// verdict. Nothing is connected before the first.
    ///
    /// # Errors
    ///
    /// When the address cannot be read.
    pub fn new(
        url: &str,
        secrets: impl Into<Secrets>,
        timeout: Duration,
    ) -> Result<Self, StorageAddressError> {
        Ok(Self {
            redis: Connection::new(url, timeout)?,
            prefix: String::new(),
            tokens: SessionTokens::new(&secrets.into()),
            timeout,
            fields: AdditionalFields::default(),
            owners: Cache::new(MAX_OWNERS),
            #[cfg(feature = "session-table")]
            table: None,
        })
    }

    /// The prefix of every key (`better-auth:` with `@better-auth/redis-storage`; empty by default).
    #[must_use]
    pub fn with_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Claims unsigned session tokens too, as bearer or header.
    #[must_use]
    pub fn with_raw_tokens(mut self, raw_tokens: bool) -> Self {
        self.tokens.raw_tokens = raw_tokens;
        self
    }

    /// Carries these fields into the identity. Other fields of the user in Redis stay inside.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// Looks in this table for sessions that Redis does not hold: for `storeSessionInDatabase` without
    /// `preserveSessionInDatabase`. With the latter, rows outlive their sessions, and Redis alone decides.
    ///
    /// The table has a [guard](crate::Guarded) of its own and half of the time: during its outage Redis decides as ever.
    #[cfg(feature = "session-table")]
    #[must_use]
    pub fn with_table(mut self, table: SessionTable) -> Self {
        let guard = Guard::new(table.name(), self.timeout / 2);
        self.table = Some((table, guard));
        self
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The expected content of a session's key, in words.
    fn entry_in_words(&self) -> String {
        format!("a session with its user under the key {}<session token>", self.prefix)
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        // Boxed: the future is large, and every request that a cache answers would carry its room.
        Ok(Box::pin(self.redis.get(key)).await?)
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, Unverified>>) -> Result<T, Unverified> {
        let late = || Err(StorageError::Timeout(self.timeout).into());
        time::timeout(self.timeout, work).await.unwrap_or_else(|_| late())
    }

    fn read<'a>(&self, credential: &'a Credential) -> Result<&'a SessionToken, Refusal> {
        let presented = self.tokens.read(credential)?;
        // A token becomes a key, beside keys that hold other things (`active-sessions-…`).
        let token = presented.token();
        let presented = is_session_token(token).then_some(presented).ok_or(Refusal::Malformed);
        credential.trace().only_if_refused("characters of the session token", presented, || {
            (format!("{} characters", token.len()), format!("{TOKEN_LENGTH} letters and digits"))
        })
    }

    async fn look_up(&self, token: &str, credential: &Credential) -> Verdict {
        let key = self.key(token);
        let digest = entry_digest(key.as_bytes());
        let owner = self.owners.get(&digest).filter(|_| !credential.is_examined());
        let (entry, marker) = self.entry_and_marker(&key, owner.as_deref()).await;
        let Some(entry) = entry? else {
            #[cfg(feature = "session-table")]
            if let Some((table, guard)) = &self.table {
                // Boxed: every look-up in Redis would carry its room.
                let found = Box::pin(guard.attempt(credential, table.look_up(token, credential))).await;
                return found.map_err(Unverified::in_part);
            }
            let unknown =
                credential.trace().compare("session in Redis", Err(Refusal::UnknownSession), || {
                    ("nothing".to_owned(), self.entry_in_words())
                });
            return unknown.map_err(Unverified::from);
        };
        let found = stored::session(&entry).map_err(Unverified::undecidable)?;
        let found = found.filter(|found| found.is_of(token)).ok_or(Refusal::UnknownSession);
        let is_its_own = found.is_ok();
        let found = credential.trace().compare("session in Redis", found, || {
            let found = if is_its_own { "a session with its user" } else { "no session of this token" };
            (found.to_owned(), self.entry_in_words())
        })?;
        let created_at = found.created_at();
        // Redis may hold it longer, or for ever.
        let mut identity = found.into_live_identity(&self.fields, credential.now(), credential.trace())?;
        let user_id = &identity.user.id;
        let guessed = marker.filter(|_| owner.as_deref() == Some(user_id));
        let marker = if let Some(marker) = guessed {
            marker?
        } else {
            if !credential.is_examined() {
                self.owners.insert(digest, user_id.as_str().into());
            }
            self.revoked_before(user_id).await?
        };
        let is_revoked = marker.is_some_and(|marker| created_at.is_none_or(|created| created < marker));
        let outcome = (!is_revoked).then_some(()).ok_or(Refusal::Revoked);
        credential.trace().compare("session not revoked since it was made", outcome, || {
            let date =
                |date: Option<DateTime<Utc>>| date.map_or_else(|| "never".to_owned(), |at| at.to_string());
            (
                format!("made {}", date(created_at)),
                format!("not before its user's last revocation ({})", date(marker)),
            )
        })?;
        if let Some(session) = &mut identity.session {
            Arc::make_mut(session).entry = Some(digest.into());
        }
        Ok(identity)
    }

    /// The value of a session's key and, if its user can be guessed, that user's marker: in one round trip.
    async fn entry_and_marker(
        &self,
        key: &str,
        owner: Option<&str>,
    ) -> (Result<Option<String>, StorageError>, Option<Result<Marker, StorageError>>) {
        match owner {
            Some(owner) => {
                let (entry, marker) = join!(self.get(key), self.revoked_before(owner));
                (entry, Some(marker))
            }
            None => (self.get(key).await, None),
        }
    }

    async fn revoked_before(&self, user_id: &str) -> Result<Marker, StorageError> {
        let marker = self.get(&self.key(&format!("{REVOKED_BEFORE}{user_id}"))).await?;
        Ok(stored::revoked_before(marker.as_deref())?)
    }
}

impl Strategy for SecondaryStorage {
    fn name(&self) -> &'static str {
        "secondary_storage"
    }

    fn forms(&self) -> Forms {
        self.tokens.forms()
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        self.read(credential).err().map(|refusal| Err(refusal.into()))
    }

    /// Only a possible session token is worth a look-up, even if its signature is right.
    async fn standing(&self, credential: &Credential) -> Standing {
        if self.read(credential).is_ok() { self.tokens.standing(credential) } else { Standing::Unknown }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = self.read(credential)?;
        self.within(self.look_up(presented.token(), credential)).await
    }

    async fn probe(&self) -> Result<(), Unverified> {
        // This look-up without a token goes the way of every other. Whatever the table says, Redis can decide.
        self.within(async { Ok(self.get(&self.key("")).await?) }).await.map(|_| ())
    }

    /// Has Redis report changes of the keys read here, from Redis 6 on.
    async fn follow(&self, feeds: Feeds) {
        let redis = self.redis.follow(Tracking::new(&feeds, &self.prefix));
        #[cfg(feature = "session-table")]
        if let Some((table, _)) = &self.table {
            futures_util::join!(redis, table.follow(feeds));
            return;
        }
        redis.await;
    }
}

impl From<StorageError> for Unverified {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Entry(_) => Self::undecidable(error),
            // A raw token may name the key of another program.
            StorageError::Redis(ref cause) if is_about_entry(cause) => Self::about_value(error),
            StorageError::Redis(_) | StorageError::Timeout(_) => Self::unavailable(error),
        }
    }
}

/// Whether Redis answered that the value under this key alone is no text. Any other error (`LOADING`, `MASTERDOWN`,
/// `CLUSTERDOWN`, `OOM`) is the state of Redis, and affects every request.
fn is_about_entry(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE") || error.kind() == ErrorKind::UnexpectedReturnType
}

fn is_session_token(token: &str) -> bool {
    token.len() == TOKEN_LENGTH && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
