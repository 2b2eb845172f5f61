use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, StatusCode, header};
use parking_lot::Mutex;
use reqwest::{RequestBuilder, Response, Url};
use tokio::time::Instant;

use crate::{better_auth::SigningKeys, chance::Chance, outbound::Outbound};

/// A wrong secret may be put right at Better Auth, and nobody restarts this process then.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Finds out whether Better Auth signs with a secret that is known here. It tells a person, and decides about nobody.
///
/// A session cookie with a made-up token is sent to Better Auth, signed here. Better Auth finds no such session and takes the
/// cookie back (`Set-Cookie` without a value), but only a cookie whose name and signature it accepts.
pub struct SecretCheck {
    keys: SigningKeys,
    /// The names that the session cookie may have.
    cookies: Vec<String>,
    session: Url,
    sessions: Url,
    chance: Chance,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_right: bool,
    /// When Better Auth last did not accept what was signed here; the log has said so.
    doubted: Option<Instant>,
}

/// What Better Auth makes of a cookie.
#[derive(PartialEq, Eq)]
enum Answer {
    Accepted,
    NotAccepted,
    /// It tells nothing, such as a failure.
    Other,
}

impl SecretCheck {
    /// `session` and `sessions` are Better Auth's routes `get-session` and `list-sessions`.
    pub fn new(keys: SigningKeys, cookies: Vec<String>, session: Url, sessions: Url) -> Self {
        Self { keys, cookies, session, sessions, chance: Chance::SYSTEM, state: Mutex::default() }
    }

    /// Asks Better Auth, unless the secret is known to be right or has been asked about a moment ago.
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
                self.session.origin().ascii_serialization(),
                self.cookies.join(" and "),
            );
        }
    }

    /// With the plugin customSession get-session takes no cookie back. list-sessions does, but only from 1.6 on; before, that
    /// plugin does not take the parameters of get-session.
    async fn ask(&self, outbound: &Outbound, cookie: &str) -> Answer {
        match self.send(outbound.get(&self.session), cookie, StatusCode::OK).await {
            Answer::NotAccepted => {
                self.send(outbound.get(&self.sessions), cookie, StatusCode::UNAUTHORIZED).await
            }
            answer => answer,
        }
    }

    /// `status` is what a stranger is answered.
    async fn send(&self, request: RequestBuilder, cookie: &str, status: StatusCode) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|name| format!("{name}={cookie}")).collect();
        let Ok(mut cookies) = HeaderValue::try_from(cookies.join("; ")) else { return Answer::Other };
        cookies.set_sensitive(true);
        match request.header(header::COOKIE, cookies).send().await {
            Ok(response) if response.status() == status => {
                if self.is_taken_back(&response) {
                    Answer::Accepted
                } else {
                    Answer::NotAccepted
                }
            }
            _ => Answer::Other,
        }
    }

    fn is_taken_back(&self, response: &Response) -> bool {
        let set = response.headers().get_all(header::SET_COOKIE).iter();
        let mut set = set.filter_map(|cookie| cookie.to_str().ok()?.split_once('='));
        set.any(|(name, rest)| rest.starts_with(';') && self.cookies.iter().any(|ours| ours == name))
    }
}

/// As long as Better Auth's, and nobody's.
fn made_up_token(chance: Chance) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(chance.bytes::<24>())
}
