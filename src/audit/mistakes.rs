use std::sync::atomic::{AtomicBool, Ordering};

use super::TARGET;
use crate::{
    credential::SECURE_PREFIX,
    error::{AuthError, Refusal, Unverified},
    identity::Identity,
    judgement::Subject,
    lately_named::LatelyNamed,
};

const PLAIN_REMEDY: &str = "better_auth.url begins with https, so only the name with __Secure- is read. If all users count as guests, \
                            set better_auth.url here (BETTER_AUTH_URL) to Better Auth's real address, or, if Better Auth has \
                            useSecureCookies = false, set better_auth.allow_plain_cookie = true";

/// Warns of the commonest configuration mistakes, each once an hour. Refusals themselves are routine, at info.
#[derive(Default)]
pub struct Mistakes {
    cookies: LatelyNamed<String>,
    secret: LatelyNamed<String>,
    stores: LatelyNamed<String>,
    /// Whether a session was ever verified. Then secret and store are right: a bad signature is a forgery or an old cookie, and an
    /// unknown session has ended.
    knows_sessions: AtomicBool,
}

impl Mistakes {
    /// A credential was accepted.
    pub fn verified(&self, identity: &Identity) {
        if identity.session.is_some() && !self.knows_sessions.load(Ordering::Relaxed) {
            self.knows_sessions.store(true, Ordering::Relaxed);
        }
    }

    /// The request has cookies, but none with a name that is read.
    pub fn unread_cookies(&self, unread: &[String], read: &[String]) {
        if self.knows_sessions.load(Ordering::Relaxed) {
            return;
        }
        for name in unread {
            let Some(silence) = self.cookies.admit(name) else { continue };
            let is_plain = read.contains(&format!("{SECURE_PREFIX}{name}"));
            let remedy = if is_plain { PLAIN_REMEDY.to_owned() } else { remedy_for_another_name(name) };
            let read = read.join(" or ");
            tracing::warn!(
                target: TARGET,
                { auth.cookie = name },
                "the cookie {name:?} arrived, but only {read} is read: callers with it count as guests and get 401 on protected \
                 routes. {remedy}{silence}"
            );
        }
    }

    /// A credential was refused.
    pub fn refused(&self, error: &AuthError, subject: &Subject<'_>) {
        let AuthError::Unverified(unverified) = error else { return };
        let Unverified::Refused(refusal) = unverified.alone() else { return };
        let token = subject.credential.and_then(|credential| credential.session_token());
        let is_signed = token.is_some_and(|token| token.signature().is_some());
        if !is_signed || self.knows_sessions.load(Ordering::Relaxed) {
            return;
        }
        match refusal {
            Refusal::BadSignature => self.another_secret(subject),
            Refusal::UnknownSession => self.another_store(subject),
            _ => {}
        }
    }

    fn another_secret(&self, subject: &Subject<'_>) {
        let Some(silence) = self.secret.admit("secret") else { return };
        tracing::warn!(
            target: TARGET,
            { auth.strategy = subject.strategy_name() },
            "a session token arrived that was not signed with better_auth.secret, and none has been accepted since the start. If \
             all users get 401, set better_auth.secret (BETTER_AUTH_SECRET) to the secret that Better Auth runs with; the command \
             `explain` shows it for one cookie. If only this one is refused, it is an old cookie or a forgery{silence}"
        );
    }

    fn another_store(&self, subject: &Subject<'_>) {
        let strategy = subject.strategy_name();
        let keys = match strategy {
            "secondary_storage" => "secondary_storage.url and secondary_storage.key_prefix",
            "session_table" => "session_table.database_url and session_table.schema",
            _ => return,
        };
        let Some(silence) = self.stores.admit(strategy) else { return };
        tracing::warn!(
            target: TARGET,
            { auth.strategy = strategy },
            "a session token that better_auth.secret has signed belongs to no session in the store of {strategy}, and no session \
             has been found there since the start. If all users get 401, compare {keys} with the store that Better Auth uses. \
             If only this one is refused, its session has ended{silence}"
        );
    }
}

/// Better Auth calls its session cookie `PREFIX.session_token`, unless a name of its own is configured.
fn remedy_for_another_name(name: &str) -> String {
    let plain = name.strip_prefix(SECURE_PREFIX).unwrap_or(name);
    let key = match plain.strip_suffix(".session_token") {
        Some(prefix) => format!("better_auth.cookie_prefix = {prefix:?}"),
        None => format!("better_auth.cookie_name = {plain:?}"),
    };
    format!("If all users count as guests and this is Better Auth's session cookie, set {key}")
}
