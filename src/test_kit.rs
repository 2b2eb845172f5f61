//! A fake Better Auth in the process, for tests: of an app that uses this library, in milliseconds and without Node.
//!
//! **For tests only.** Whoever holds a [`TestKit`] can sign in as anybody. Ask for the feature `test-kit` in
//! `[dev-dependencies]`, so that no program you ship contains it:
//!
//! ```toml
//! [dev-dependencies]
//! better-auth-verifier = { version = "0.1", default-features = false, features = ["test-kit"] }
//! poem = { version = "3.1", features = ["test"] }    # poem::test::TestClient
//! ```
//!
//! A [`TestKit`] listens on a port of its own on loopback and answers `/api/auth/get-session`, `/token`, `/jwks` and `/ok` as a
//! Better Auth 1.7 with the plugins `admin`, `bearer` and `jwt`. It mints every credential that such a server does, of the same
//! form; this project's tests hold them against those of a real one. Your app runs unchanged: give it the kit's addresses and
//! secret, or [`TestKit::authenticator`].
#![cfg_attr(
    feature = "poem",
    doc = r#"
```
use better_auth_verifier::{Admin, Authenticator, HasRole, Identity, Problems, Protect, test_kit::TestKit};
use poem::{Endpoint, EndpointExt, Route, get, handler, http::StatusCode, test::TestClient};

#[handler]
fn report(identity: Identity) -> String {
    format!("for {}", identity.user.id)
}

// The app, as in production.
fn app(authenticator: Authenticator) -> impl Endpoint {
    let admins = Protect::<HasRole<Admin>>::new();
    Route::new().at("/report", get(report)).with(admins).with(Problems).data(authenticator)
}

# #[tokio::main]
# async fn main() {
let kit = TestKit::start();
let client = TestClient::new(app(kit.authenticator()));
let ask = |authorization: String| client.get("/report").header("authorization", authorization).send();

// A JWT and a session cookie of an admin.
let ann = kit.user("ann").role("admin");
ask(format!("Bearer {}", ann.jwt())).await.assert_text("for ann").await;
let session = ann.session();
let answer = client.get("/report").header("cookie", session.cookie()).send().await;
answer.assert_text("for ann").await;

// Somebody else, a token that is over, and nobody.
ask(format!("Bearer {}", kit.user("bob").jwt())).await.assert_status(StatusCode::FORBIDDEN);
ask(format!("Bearer {}", ann.token().expired().sign())).await.assert_status(StatusCode::UNAUTHORIZED);
client.get("/report").send().await.assert_status(StatusCode::UNAUTHORIZED);

// Signed out, and an outage: what cannot be known is 503, never a pass.
session.sign_out();
ask(session.bearer()).await.assert_status(StatusCode::UNAUTHORIZED);
kit.fail(500);
ask(ann.session().bearer()).await.assert_status(StatusCode::SERVICE_UNAVAILABLE);
# }
```
"#
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a fake of another process, which has a clock and chance of its own"
)]

pub mod cookie_cache;
#[cfg(feature = "session-table")]
mod database;
mod event;
mod known;
mod server;
mod session;
mod signing_key;
mod token;
mod user;

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Url;
use tokio::sync::oneshot;

pub use self::{
    cookie_cache::CacheForm, event::Event, session::Session, signing_key::SigningKey, token::Token,
    user::User,
};
use self::{known::Known, server::Manner};
use crate::{Authenticator, Carriers, Chain, GetSession, Jwt};

/// The name of the session cookie, as on plain http.
pub const SESSION_COOKIE: &str = "better-auth.session_token";
/// The name of the cookie cache, as on plain http.
pub const CACHE_COOKIE: &str = "better-auth.session_data";

const TIMEOUT: Duration = Duration::from_secs(5);

/// A fake Better Auth on a port of its own. See [the module](self).
///
/// It has a thread of its own, so that a test may be asynchronous or not, and ends when it is dropped: then nobody answers at
/// its address. Users and sessions are in memory.
pub struct TestKit {
    url: String,
    known: Arc<Known>,
    /// Dropped, it ends the server.
    _until: oneshot::Sender<()>,
}

impl TestKit {
    /// Begins to answer.
    ///
    /// # Panics
    ///
    /// When no port on loopback is free, or no thread can be started.
    #[must_use]
    pub fn start() -> Self {
        let (until, ended) = oneshot::channel();
        let (url, known) = server::start(ended);
        Self { url, known, _until: until }
    }

    /// Where it listens, without a path: `baseURL`, and so the issuer and the audience of its JWTs.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address below which it answers: that of [`GetSession::new`].
    ///
    /// # Panics
    ///
    /// Never: it is an address.
    #[must_use]
    pub fn base_url(&self) -> Url {
        format!("{}/api/auth", self.url).parse().expect("an address")
    }

    /// Where its keys are: that of [`Jwt::new`].
    ///
    /// # Panics
    ///
    /// Never: it is an address.
    #[must_use]
    pub fn jwks_url(&self) -> Url {
        format!("{}/api/auth/jwks", self.url).parse().expect("an address")
    }

    /// What it signs cookies with: `BETTER_AUTH_SECRET`.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.known.secret
    }

    /// What reads its session cookie, and the cookie cache beside it.
    #[must_use]
    pub fn carriers(&self) -> Carriers {
        Carriers::new([SESSION_COOKIE])
            .with_companions([CACHE_COOKIE])
            .with_secrets(self.secret())
            .with_trusted_origins([&self.url])
    }

    /// The authenticator of an app that verifies JWTs by its keys, and asks it about everything else. It remembers nothing.
    ///
    /// # Panics
    ///
    /// When no HTTP client can be made.
    #[must_use]
    pub fn authenticator(&self) -> Authenticator {
        let jwt = Jwt::new(self.jwks_url(), [&self.url], [&self.url]).expect("a client");
        let get_session = GetSession::new(&self.base_url(), TIMEOUT).expect("a client");
        let get_session = get_session.with_secrets(self.secret(), [SESSION_COOKIE]).with_raw_tokens(true);
        Authenticator::new(self.carriers(), Chain::default().push(jwt).push(get_session))
    }

    /// The user of this id, who is made where there is none: without a role, with the address `ID@example.test`, which is not
    /// verified.
    #[must_use]
    pub fn user(&self, id: &str) -> User {
        User::of(self.known.clone(), id)
    }

    /// From now on another key signs. The earlier ones stay published, so that what they signed counts.
    pub fn rotate_keys(&self) {
        self.known.change(known::State::rotate_keys);
    }

    /// Takes all keys back and makes another: what was signed before does not count any more, as soon as the keys are fetched
    /// again.
    pub fn withdraw_keys(&self) {
        self.known.change(|state| {
            state.keys.clear();
            state.rotate_keys();
        });
    }

    /// From now on it takes requests and answers none, until [`TestKit::recover`]: then it answers those that still wait.
    pub fn hang(&self) {
        self.known.behave(Manner::Hangs);
    }

    /// From now on it answers every request with this status, until [`TestKit::recover`].
    ///
    /// # Panics
    ///
    /// When it is no status from 100 to 999.
    pub fn fail(&self, status: u16) {
        self.known.behave(Manner::Fails(status.try_into().expect("a status")));
    }

    /// Answers as it should again.
    pub fn recover(&self) {
        self.known.behave(Manner::Answers);
    }

    /// How often it was asked for a path, such as `/api/auth/jwks`, whether it has answered or not.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        self.known.asked(path)
    }

    /// The address of a SQLite database with its tables `user` and `session`, which follow all that happens here: that of
    /// `session_table.database_url` and of [`crate::database::open`]. It lies in a temporary folder, and goes with the kit.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[cfg(feature = "session-table")]
    #[must_use]
    pub fn database_url(&self) -> String {
        self.known.database_url()
    }
}

fn encoded(octets: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}

/// An id or a token as Better Auth makes them: 32 letters and digits.
fn random() -> String {
    const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab";
    let mut octets = [0; 32];
    aws_lc_rs::rand::fill(&mut octets).expect("random numbers");
    octets.map(|octet| char::from(LETTERS[usize::from(octet % 64)])).iter().collect()
}

/// As JavaScript writes a date into JSON.
fn written(date: chrono::DateTime<chrono::Utc>) -> String {
    date.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
