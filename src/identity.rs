//! Who is calling.

mod fields;
mod memos;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

pub use self::fields::Fields;
pub(crate) use self::memos::Memos;

/// A verified caller. Only a strategy makes one; handlers only read it. Cheap to clone: clones share user and session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The user.
    pub user: Arc<User>,
    /// The session, where the strategy has one (a JWT has none).
    pub session: Option<Arc<Session>>,
    /// Name of the strategy that vouched; stamped by the chain.
    pub strategy: &'static str,
    /// The end of the credential: the session's or the token's own expiry.
    pub expires_at: DateTime<Utc>,
    /// Values derived from it.
    pub(crate) memos: Memos,
}

impl Identity {
    /// An identity without a session.
    #[must_use]
    pub fn new(user: impl Into<Arc<User>>, expires_at: DateTime<Utc>) -> Self {
        Self { user: user.into(), session: None, strategy: "", expires_at, memos: Memos::default() }
    }

    /// An identity that ends with its session.
    #[must_use]
    pub fn of_session(user: impl Into<Arc<User>>, session: impl Into<Arc<Session>>) -> Self {
        let session = session.into();
        let expires_at = session.expires_at;
        Self { session: Some(session), ..Self::new(user, expires_at) }
    }

    /// A value that is derived from this identity and worth keeping, such as its JSON: one of each type, which begins as
    /// its default.
    ///
    /// ```
    /// use std::sync::OnceLock;
    ///
    /// use better_auth_verifier::Identity;
    ///
    /// #[derive(Default)]
    /// struct Greeting(OnceLock<String>);
    ///
    /// fn greeting(identity: &Identity) -> &str {
    ///     identity.memo::<Greeting>().0.get_or_init(|| format!("Hello, {}!", identity.user.id))
    /// }
    /// ```
    ///
    /// All clones share it. Where a cache [remembers](crate::Cached) the identity, each request that gets the identity from there
    /// finds the value, until the cache forgets both. Tell the cache
    /// [how large the values are](crate::Cached::with_room_for_memos).
    ///
    /// Before you change an identity, take it [`without_memos`](Self::without_memos): what was derived from it before is not
    /// true after the change.
    #[must_use]
    pub fn memo<T: Default + Send + Sync + 'static>(&self) -> &T {
        self.memos.get()
    }

    /// The same identity, of which nothing is derived yet. Clones made before keep what they have.
    #[must_use]
    pub fn without_memos(self) -> Self {
        Self { memos: Memos::default(), ..self }
    }

    /// An estimate of its bytes in memory.
    pub(crate) fn size(&self) -> usize {
        let User { id, email, name, image, role, username, display_username, phone_number, .. } = &*self.user;
        let of_user = [email, name, image, role, username, display_username, phone_number];
        let of_session = self.session.as_ref().map(|session| {
            let Session { id, impersonated_by, active_organization_id, active_team_id, .. } = &**session;
            let texts = [id, impersonated_by, active_organization_id, active_team_id];
            let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
            size_of::<Session>() + texts + size(&session.fields)
        });
        let texts: usize = of_user.into_iter().flatten().map(|text| text.len()).sum();
        let others = of_session.unwrap_or_default() + self.memos.room();
        size_of::<Self>() + size_of::<User>() + id.len() + texts + size(&self.user.fields) + others
    }
}

/// The user as Better Auth stores them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Better Auth's user id; opaque text, even if the database uses numbers.
    pub id: String,
    /// E-mail address.
    pub email: Option<Box<str>>,
    /// Whether Better Auth has verified the address.
    pub email_verified: bool,
    /// Display name.
    pub name: Option<Box<str>>,
    /// Address of a picture.
    pub image: Option<Box<str>>,
    /// The admin plugin's role as stored; may be a comma-separated list.
    pub role: Option<Box<str>>,
    /// The admin plugin's ban, if there is one, lapsed or not.
    pub ban: Option<Ban>,
    /// Whether the anonymous plugin made this user; the e-mail address is then a placeholder.
    pub anonymous: Option<bool>,
    /// Whether the twoFactor plugin asks this user for a second factor. A session exists only after it was given.
    pub two_factor_enabled: Option<bool>,
    /// The username plugin's name to sign in with, in lower case.
    pub username: Option<Box<str>>,
    /// The same as the user wrote it.
    pub display_username: Option<Box<str>>,
    /// The phoneNumber plugin's number.
    pub phone_number: Option<Box<str>>,
    /// Whether it has been verified.
    pub phone_number_verified: Option<bool>,
    /// Fields of the deployment's own, as far as [`AdditionalFields`](crate::AdditionalFields) names them.
    pub fields: Fields,
}

/// A ban of Better Auth's admin plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// When it ends; `None` never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl User {
    /// A user of whom only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Whether `role` is among the user's roles.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.role.as_deref().is_some_and(|roles| roles.split(',').any(|one| one.trim() == role))
    }

    /// The ban rule, the same for every strategy: banned, and the ban has no end or has not ended.
    ///
    /// Better Auth itself looks only when a session is made, so that a ban written directly into its database does not
    /// end the sessions that exist.
    #[must_use]
    pub fn is_banned(&self, now: DateTime<Utc>) -> bool {
        self.ban.is_some_and(|ban| ban.expires_at.is_none_or(|end| end > now))
    }
}

/// The session as Better Auth stores it, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The session's id. Not its token: the id proves nothing. `None` where Better Auth has made none: up to 1.5, with
    /// sessions in secondary storage.
    pub id: Option<Box<str>>,
    /// When it began, where the strategy knows. Extending a session does not change it.
    pub created_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The admin who acts as the user, if so.
    pub impersonated_by: Option<Box<str>>,
    /// The organization that the user has chosen to look at. A preference and no permission: membership and its role
    /// stand in Better Auth's table `member` and are not looked at here.
    pub active_organization_id: Option<Box<str>>,
    /// The team that the user has chosen to look at; a preference as well.
    pub active_team_id: Option<Box<str>>,
    /// Fields of the deployment's own, as far as [`AdditionalFields`](crate::AdditionalFields) names them.
    pub fields: Fields,
    /// The name under which a store without ids keeps it. Stays inside.
    pub(crate) entry: Option<Box<EntryDigest>>,
}

/// The digest of the key under which a store keeps a session.
pub(crate) type EntryDigest = [u8; 32];

impl Session {
    /// A session of which only id and end are known.
    pub fn new(id: impl Into<String>, expires_at: DateTime<Utc>) -> Self {
        Self { id: Some(id.into().into()), ..Self::ending(expires_at) }
    }

    /// A session of which only the end is known.
    #[must_use]
    pub fn ending(expires_at: DateTime<Utc>) -> Self {
        Self {
            id: None,
            created_at: None,
            expires_at,
            impersonated_by: None,
            active_organization_id: None,
            active_team_id: None,
            fields: Fields::default(),
            entry: None,
        }
    }
}

/// An estimate of the bytes behind a JSON object.
fn size(members: &Map<String, Value>) -> usize {
    fn value(json: &Value) -> usize {
        size_of::<Value>()
            + match json {
                Value::String(text) => text.len(),
                Value::Array(values) => values.iter().map(value).sum(),
                Value::Object(members) => size(members),
                Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            }
    }
    members.iter().map(|(name, json)| name.len() + value(json)).sum()
}

#[cfg(test)]
mod tests {
    use std::{ptr, sync::OnceLock, thread};

    use chrono::TimeDelta;

    use super::*;

    /// A cache keeps a million of them. 100 bytes more would be a tenth of all that it keeps.
    #[test]
    fn an_identity_is_small() {
        assert!(
            size_of::<User>() <= 192 && size_of::<Session>() <= 112,
            "{} {}",
            size_of::<User>(),
            size_of::<Session>()
        );
    }

    #[test]
    fn c2_a_ban_holds_until_its_end() {
        let now = Utc::now();
        let banned = |ban| User { ban, ..User::new("u") }.is_banned(now);
        assert!(!banned(None));
        assert!(banned(Some(Ban { expires_at: None })));
        assert!(banned(Some(Ban { expires_at: Some(now + TimeDelta::seconds(1)) })));
        assert!(!banned(Some(Ban { expires_at: Some(now - TimeDelta::seconds(1)) })));
    }

    #[test]
    fn a_memo_is_made_once_for_all_clones_and_says_nothing_of_the_identity() {
        #[derive(Default)]
        struct Name(OnceLock<String>);
        #[derive(Default)]
        struct Length(OnceLock<usize>);

        let identity = Identity::new(User::new("ann"), Utc::now());
        let clone = identity.clone();
        let name = |identity: &Identity, name: &str| {
            identity.memo::<Name>().0.get_or_init(|| name.to_owned()).clone()
        };
        assert_eq!(name(&identity, "ann"), "ann");
        assert_eq!(identity.memo::<Length>().0.get_or_init(|| 3), &3);
        assert_eq!((name(&clone, "bob"), clone.memo::<Length>().0.get()), ("ann".into(), Some(&3)));

        let without = identity.clone().without_memos();
        assert_eq!(name(&without, "bob"), "bob");
        assert_eq!(name(&identity, "bob"), "ann");
        assert_eq!(without, identity);
    }

    #[test]
    fn all_who_make_a_memo_at_the_same_time_get_one() {
        #[derive(Default)]
        struct One(u8);
        #[derive(Default)]
        struct Other(u8);

        let identity = Identity::new(User::new("ann"), Utc::now());
        let at = |value: &u8| ptr::from_ref(value).addr();
        let found = thread::scope(|scope| {
            let both = |_| scope.spawn(|| [at(&identity.memo::<One>().0), at(&identity.memo::<Other>().0)]);
            let threads: Vec<_> = (0..8).map(both).collect();
            threads.into_iter().map(|thread| thread.join().expect("done")).collect::<Vec<_>>()
        });
        assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
        assert_ne!(found[0][0], found[0][1]);
    }

    #[test]
    fn roles_may_be_a_list() {
        let user = User { role: Some("editor, admin".into()), ..User::new("u") };
        assert!(user.has_role("admin") && user.has_role("editor"));
        assert!(!user.has_role("adm") && !User::new("u").has_role("admin"));
    }
}
