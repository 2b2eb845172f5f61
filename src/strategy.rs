//! Strategies turn a credential into an identity.
//!
//! # Writing your own
//!
//! 1. Implement [`Strategy`] for a type that owns what it needs (keys, a pool, a client). Plain `async fn`s do.
//! 2. In [`forms`](Strategy::forms) say which forms of token are yours, and in which carriers. Where that is not enough,
//!    look closer in [`claims`](Strategy::claims), still without I/O: it is asked for every request, and a slow or broken
//!    neighbour must not delay it. Nothing that it reads is verified yet.
//! 3. In [`verify`](Strategy::verify) decide what you claimed. `Ok` is verified, [`Refusal`](crate::Refusal) says that
//!    you know it to be invalid, [`Unverified::undecidable`](crate::Unverified::undecidable) that you could not find
//!    out. The answer is final: the chain never asks another strategy for a yes. Data beside the token, such as a cookie
//!    cache, may prove nothing without harm: leave the credential to the next strategy by
//!    [`passed_over`](crate::Unverified::passed_over), as [`SessionCookieCache`] does.
//! 4. Wrap it in [`Cached`] if deciding costs more than a microsecond, in [`Guarded`] inside that if it does look-ups in a
//!    store or service, and push it on a [`Chain`].
//!
//! What else an author should know:
//!
//! - Bound your own time, or be [`Guarded`]: the chain has no time-out, so a `verify` that hangs hangs its requests.
//! - Tell an outage ([`Unverified::unavailable`](crate::Unverified::unavailable)) from one odd credential
//!   ([`Unverified::undecidable`](crate::Unverified::undecidable)): several outages in a row open a breaker.
//! - If you can learn that a session has ended, implement [`follow`](Strategy::follow): a cache then knows at once.
//! - The identity's `expires_at` bounds the cache. Fill `User::ban` where you know of a ban: the chain applies the ban
//!   rule, and stamps the strategy's name.
//! - An undecidable error is logged: no token in its text.
//! - [`probe`](Strategy::probe) feeds readiness; implement it if you depend on a store or service.
//! - `x-api-key` is yours: no built-in strategy claims it. Further cookies are named by
//!   [`Carriers::with_companions`](crate::Carriers::with_companions).
//! - Decide in [`precheck`](Strategy::precheck) as well whatever needs no look-up, such as a wrong signature: then it is decided
//!   even during an outage.
//! - If you can check a signature without a look-up, implement [`standing`](Strategy::standing): genuine credentials are then
//!   looked up although somebody else behind their address is over the limit of failures.
//!
//! An unknown token is *refused*; a time-out, an outage, an answer that makes no sense is *undecidable*. Never turn the
//! second into the first (users would be signed out by an outage) nor into an identity.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use aws_lc_rs::digest;
//! use better_auth_verifier::{
//!     Carrier, Chain, Credential, Form, Forms, Identity, NotMine, Refusal, Strategy, User, Verdict,
//! };
//! use chrono::TimeDelta;
//!
//! /// Knows the company's machines by a key in `x-api-key`. Keeps digests: they are useless to a thief, and the time of a
//! /// look-up reveals nothing.
//! struct Machines(HashMap<Vec<u8>, String>);
//!
//! fn digest(key: &str) -> Vec<u8> {
//!     digest::digest(&digest::SHA256, key.as_bytes()).as_ref().to_vec()
//! }
//!
//! impl Strategy for Machines {
//!     fn name(&self) -> &'static str {
//!         "machines"
//!     }
//!
//!     fn forms(&self) -> Forms {
//!         Forms::of(&[Form::ApiKey], &[Carrier::ApiKey])
//!     }
//!
//!     fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
//!         self.forms().admit(credential)?;
//!         if credential.token().starts_with("mk_") { Ok(()) } else { Err(NotMine::Other("no machine's key")) }
//!     }
//!
//!     async fn verify(&self, credential: &Credential) -> Verdict {
//!         let machine = self.0.get(&digest(credential.token()));
//!         let machine = machine.ok_or(Refusal::Other("unknown-machine"))?;
//!         Ok(Identity::new(User::new(machine), credential.now() + TimeDelta::minutes(5)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let chain = Chain::default().push(Machines([(digest("mk_1"), "press-7".into())].into()));
//! let judgement = chain.judge(&Credential::api_key("mk_1")).await;
//! assert_eq!(judgement.verdict.unwrap().user.id, "press-7");
//! # }
//! ```

mod any;
mod cached;
mod chain;
mod fallback;
mod freshness;
mod get_session;
mod guarded;
mod jwt;
#[cfg(feature = "secondary-storage")]
mod secondary_storage;
mod session_cookie_cache;
#[cfg(feature = "session-table")]
mod session_table;
mod session_tokens;
mod shared_secret;
mod standing;
mod vitals;
mod wrapper;

#[cfg(feature = "secondary-storage")]
pub use self::secondary_storage::{SecondaryStorage, StorageAddressError};
#[cfg(feature = "session-table")]
pub use self::session_table::{SessionTable, Triggers};
pub use self::{
    any::AnyStrategy,
    cached::Cached,
    chain::{Chain, Probe},
    fallback::Fallback,
    freshness::Freshness,
    get_session::GetSession,
    guarded::Guarded,
    jwt::Jwt,
    session_cookie_cache::SessionCookieCache,
    shared_secret::{MIN_SECRET, SharedSecret, ShortSecret},
    standing::{Proof, Standing},
    vitals::{CacheVitals, GuardVitals, KeyVitals, Vitals},
    wrapper::Wrapper,
};
#[cfg(feature = "session-table")]
pub use crate::better_auth::tables::{
    InspectError, Naming, NamingFault, RenamedColumn, SchemaFault, Table, TimeZone, UnknownTimeZone,
    UnreadableColumn, Unseen,
};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::Unverified,
    judgement::Verdict,
    revocation::{Feeds, Revocations},
};

/// One way to turn a credential into an identity, named by what it trusts. The [module](self) is the manual.
pub trait Strategy: Send + Sync + 'static {
    /// Stable name: configuration section, log value, `strategy` in the identity.
    fn name(&self) -> &'static str;

    /// The forms of token that it claims, each in certain carriers.
    ///
    /// This is data: a log can say which of two strategies is never asked.
    fn forms(&self) -> Forms;

    /// Whether a credential is its own, by its looks alone. No I/O. By default all that have one of its
    /// [forms](Self::forms) are.
    ///
    /// # Errors
    ///
    /// Why it is not. Another strategy may claim it then.
    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        self.forms().admit(credential)
    }

    /// The verdict on a credential that it claims, if that needs no look-up: a signature is wrong, or proves everything.
    /// `None` if it needs a look-up. No I/O.
    ///
    /// [`Guarded`] begins with this: a forged token is refused even during an outage. [`verify`](Self::verify) has to come to the
    /// same verdict by itself.
    fn precheck(&self, _: &Credential) -> Option<Verdict> {
        None
    }

    /// The verdict on a credential that it claims if [`Guarded`] could not get it [verified](Self::verify) in time. By default
    /// that is `error`, which says why. A strategy that depends on data beside the token
    /// [passes it over](Unverified::passed_over).
    fn unanswered(&self, error: Unverified) -> Unverified {
        error
    }

    /// What this process knows of a credential that the strategy claims. No I/O.
    ///
    /// Only called while a client is over its limit of failures: a credential that is [`Standing::Unknown`] is then rejected.
    fn standing(&self, _: &Credential) -> impl Future<Output = Standing> + Send {
        async { Standing::Unknown }
    }

    /// Decides a credential that it claims. Final: no other strategy is asked, unless this one
    /// [passes it over](Unverified::passed_over).
    fn verify(&self, credential: &Credential) -> impl Future<Output = Verdict> + Send;

    /// Whether it could decide now: called in the background for readiness, never on a request.
    ///
    /// # Errors
    ///
    /// The obstacle, for the log.
    fn probe(&self) -> impl Future<Output = Result<(), Unverified>> + Send {
        async { Ok(()) }
    }

    /// Reports to `feeds` what has ended, for as long as it is polled: the cache around it then looks its entries up
    /// anew. Does not return while it listens. A strategy that cannot learn of revocations does nothing.
    ///
    /// [Open](Feeds::open) them first, and mark them as [awaited](crate::Feed::awaited), before the first `await`: a cache polls
    /// this once before its first look-up, and until then knows nothing of them.
    fn follow(&self, _: Feeds) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// The revocations that this strategy checks self-contained tokens against. A cache around it listens to the same.
    fn revocations(&self) -> Option<Revocations> {
        None
    }

    /// How late it notices that a session has ended.
    fn freshness(&self) -> Freshness {
        Freshness::at_once()
    }

    /// Its vitals, for metrics and operators: one for itself, and one for each further strategy inside.
    fn vitals(&self) -> Vec<Vitals> {
        vec![Vitals::of(self.name())]
    }
}
