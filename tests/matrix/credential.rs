//! What clients present: good and bad.

use crate::{form::Form, store::Store, strategy::Strategy};

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    SessionCookie,
    SignedBearer,
    EncodedBearer,
    SignedHeader,
    RawBearer,
    Jwt,
    CookieCache(Form),
    TamperedCookie,
    UnsignedCookie,
    SessionId,
    CaseSwapped,
    SignedOut,
    Expired,
    Banned,
    BannedJwt,
    ForgedCookieCache(Form),
    CookieCacheOfAnother(Form),
}

/// What the service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    /// For this cause, as the log names it.
    Refused(&'static str),
    /// 503: it cannot know.
    Undecidable,
    /// 401, as it leaves the credential to strategies that are not there.
    Unclaimed,
}

const BAD_SIGNATURE: &str = "bad-signature";
const UNKNOWN_SESSION: &str = "unknown-session";
const EXPIRED: &str = "expired";
const BANNED: &str = "banned";
const ANOTHER_SESSION: &str = "another-session";
/// The causes that a refusal has here.
const CAUSES: [&str; 5] = [BAD_SIGNATURE, UNKNOWN_SESSION, EXPIRED, BANNED, ANOTHER_SESSION];

impl Verdict {
    /// What a 401 with this cause says, where it is one that can be right.
    pub fn of_cause(cause: &str) -> Option<Self> {
        if cause == "unclaimed" {
            return Some(Self::Unclaimed);
        }
        CAUSES.into_iter().find(|known| *known == cause).map(Self::Refused)
    }
}

/// What a cell has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Is(Verdict),
    /// It cannot work, for this reason.
    Cannot(&'static str),
}

impl Credential {
    /// All that are tried, whatever the form of the cookie cache.
    pub const BASE: [Self; 14] = [
        Self::SessionCookie,
        Self::SignedBearer,
        Self::EncodedBearer,
        Self::SignedHeader,
        Self::RawBearer,
        Self::Jwt,
        Self::TamperedCookie,
        Self::UnsignedCookie,
        Self::SessionId,
        Self::CaseSwapped,
        Self::SignedOut,
        Self::Expired,
        Self::Banned,
        Self::BannedJwt,
    ];

    /// Those of a form of the cookie cache.
    pub fn of(form: Form) -> [Self; 3] {
        [Self::CookieCache(form), Self::ForgedCookieCache(form), Self::CookieCacheOfAnother(form)]
    }

    /// All, in the order of the table.
    pub fn all() -> Vec<Self> {
        let (good, bad) = Self::BASE.split_at(6);
        let forms = |make: fn(Form) -> Self| Form::ALL.map(make);
        [
            good,
            &forms(Self::CookieCache),
            bad,
            &forms(Self::ForgedCookieCache),
            &forms(Self::CookieCacheOfAnother),
        ]
        .concat()
    }

    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            Self::SessionCookie => "session cookie".into(),
            Self::SignedBearer => "signed token as bearer".into(),
            Self::EncodedBearer => "signed token as bearer, percent-encoded".into(),
            Self::SignedHeader => "signed token as X-Session-Token".into(),
            Self::RawBearer => "raw token as bearer (`raw_tokens`)".into(),
            Self::Jwt => "JWT of the `jwt` plugin".into(),
            Self::CookieCache(form) => format!("cookie cache, {}", form.name()),
            Self::TamperedCookie => "session cookie, signature changed".into(),
            Self::UnsignedCookie => "session cookie without its signature".into(),
            Self::SessionId => "session's id as bearer".into(),
            Self::CaseSwapped => "raw token in the other case".into(),
            Self::SignedOut => "session cookie after sign-out".into(),
            Self::Expired => "session cookie of an expired session".into(),
            Self::Banned => "session cookie of a user banned in the database".into(),
            Self::BannedJwt => "JWT made for a banned user".into(),
            Self::ForgedCookieCache(form) => format!("forged cookie cache, {}", form.name()),
            Self::CookieCacheOfAnother(form) => format!("cookie cache of another session, {}", form.name()),
        }
    }

    /// What a strategy has to say of it; `None` where that is not its question.
    pub fn expected(self, strategy: Strategy, store: Store) -> Option<Expected> {
        if let Some(obstacle) = strategy.obstacle(store) {
            return Some(Expected::Cannot(obstacle));
        }
        let verdict = match self {
            Self::CookieCache(_) | Self::ForgedCookieCache(_) | Self::CookieCacheOfAnother(_) => {
                // The others decide by the session cookie beside it.
                if strategy != Strategy::SessionCookieCache {
                    return None;
                }
                if matches!(self, Self::CookieCache(_)) { Verdict::Accepted } else { self.refused(strategy) }
            }
            Self::Jwt | Self::BannedJwt if strategy != Strategy::Jwt => Verdict::Unclaimed,
            Self::Jwt => Verdict::Accepted,
            Self::BannedJwt if store != Store::Redis => self.refused(strategy),
            _ if !strategy.looks_up() && self != Self::BannedJwt => Verdict::Unclaimed,
            // Nothing but its signature makes a token a credential in a cookie.
            Self::UnsignedCookie => Verdict::Unclaimed,
            // Better Auth itself goes by the copy of the user in Redis, which such a ban does not reach.
            Self::Banned | Self::BannedJwt if store == Store::Redis => Verdict::Accepted,
            Self::SessionCookie
            | Self::SignedBearer
            | Self::EncodedBearer
            | Self::SignedHeader
            | Self::RawBearer => Verdict::Accepted,
            Self::CaseSwapped if (strategy, store) == (Strategy::GetSession, Store::MariaDb) => {
                // Better Auth itself compares without case there, and answers about another token than asked.
                Verdict::Undecidable
            }
            _ => self.refused(strategy),
        };
        Some(Expected::Is(verdict))
    }

    /// Why a strategy refuses a bad one.
    fn refused(self, strategy: Strategy) -> Verdict {
        let cause = match self {
            // Better Auth says no more than that there is no session.
            Self::Expired if strategy == Strategy::GetSession => UNKNOWN_SESSION,
            Self::TamperedCookie | Self::ForgedCookieCache(_) => BAD_SIGNATURE,
            Self::Expired => EXPIRED,
            Self::Banned | Self::BannedJwt => BANNED,
            Self::CookieCacheOfAnother(_) => ANOTHER_SESSION,
            _ => UNKNOWN_SESSION,
        };
        Verdict::Refused(cause)
    }
}
