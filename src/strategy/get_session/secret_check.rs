use std::time::Duration;

use http::header;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    better_auth::{
        SigningKeys,
        taken_back::{Routes, made_up_token},
    },
    chance::Chance,
    outbound::Outbound,
};

/// A wrong secret may be corrected at Better Auth, without a restart of this process.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Finds out, by a [made-up token](Routes::taken_back), whether Better Auth signs with a secret that is known here. It warns an
/// operator, and decides no request.
pub struct SecretCheck {
    keys: SigningKeys,
    /// The names that the session cookie may have.
    cookies: Vec<String>,
    routes: Routes,
    chance: Chance,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_right: bool,
    /// When Better Auth last rejected a token signed here; the log has said so.
    doubted: Option<Instant>,
}

/// Better Auth's answer to a cookie.
#[derive(PartialEq, Eq)]
enum Answer {
    Accepted,
    NotAccepted,
    /// It proves nothing, such as a failure.
    Other,
}

impl SecretCheck {
    /// `cookies` are the names that the session cookie may have.
    pub fn new(keys: SigningKeys, cookies: Vec<String>, routes: Routes) -> Self {
        Self { keys, cookies, routes, chance: Chance::SYSTEM, state: Mutex::default() }
    }

    /// Asks Better Auth, unless the secret is known to be right or was tested a moment ago.
    pub async fn run(&self, outbound: &Outbound) {
        if !self.is_due() {
            return;
        }
        let mut answer = Answer::Other;
        for cookie in self.keys.session_cookies(&made_up_token(self.chance)) {
            answer = self.ask(outbound, &cookie).await;
            if answer != Answer::NotAccepted {
                break;
            }
        }
        match answer {
            Answer::Accepted => self.confirm(),
            Answer::NotAccepted => self.doubt(),
            Answer::Other => {}
        }
    }

    /// Better Auth has accepted what one of the secrets signed.
    pub fn confirm(&self) {
        let mut state = self.state.lock();
        if !state.is_right && state.doubted.is_some() {
            tracing::info!("Better Auth accepts session tokens that better_auth.secret has signed");
        }
        *state = State { is_right: true, doubted: None };
    }

    fn is_due(&self) -> bool {
        let state = self.state.lock();
        !state.is_right && state.doubted.is_none_or(|at| at.elapsed() >= AGAIN_AFTER)
    }

    fn doubt(&self) {
        let before = self.state.lock().doubted.replace(Instant::now());
        if before.is_none() {
            tracing::warn!(
                "Better Auth at {} does not accept a session cookie that better_auth.secret has signed, sent as {}: \
                 session tokens that Better Auth gives to your users are refused here. Set better_auth.secret \
                 (BETTER_AUTH_SECRET) to the secret that Better Auth runs with. If it is the same, the cookie has another \
                 name there: look at better_auth.cookie_prefix, better_auth.cookie_name and the scheme of better_auth.url",
                self.routes.session.origin().ascii_serialization(),
                self.cookies.join(" and "),
            );
        }
    }

    async fn ask(&self, outbound: &Outbound, cookie: &str) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|name| format!("{name}={cookie}")).collect();
        match self.routes.taken_back(outbound, header::COOKIE, &cookies.join("; ")).await {
            None => Answer::Other,
            Some(names) if names.iter().any(|name| self.cookies.contains(name)) => Answer::Accepted,
            Some(_) => Answer::NotAccepted,
        }
    }
}
