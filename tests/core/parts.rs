//! What the tests share.

#[cfg(feature = "poem")]
pub mod api;
pub mod cookie_cache;
pub mod counted;
#[cfg(feature = "poem")]
pub mod event;
pub mod heard;
pub mod log;
#[cfg(feature = "secondary-storage")]
pub mod redis;
pub mod scripted;
pub mod server;
#[cfg(feature = "session-table")]
pub mod session_database;
pub mod signer;
pub mod store;
pub mod vector;

use std::time::Duration;

use better_auth_verifier::{Chain, Credential, Jwt, Strategy, Unverified, Verdict};
use tokio::{
    task::{JoinHandle, yield_now},
    time,
};

use self::server::Server;

/// Issuer and audience of the tests' tokens, vectors included.
pub const ISSUER: &str = "https://auth.example.test";

/// Longer than any answer takes on a busy machine; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// `Jwt` with the keys of `server`.
pub fn jwt(server: &Server, cooldown: Duration) -> Jwt {
    Jwt::new(server.url("/api/auth/jwks"), [ISSUER], [ISSUER]).expect("a client").with_cooldown(cooldown)
}

pub fn bearer(token: &str) -> Credential {
    Credential::bearer(token)
}

/// A chain of one.
pub fn chain(strategy: impl Strategy) -> Chain {
    Chain::default().push(strategy)
}

/// `verified <user id>`, `refused: <cause>`, `passed over: …` or `undecidable`.
pub async fn outcome(chain: &Chain, credential: &Credential) -> String {
    told(&chain.judge(credential).await.verdict)
}

pub fn told(verdict: &Verdict) -> String {
    match verdict {
        Ok(identity) => format!("verified {}", identity.user.id),
        Err(told @ (Unverified::Refused(_) | Unverified::PassedOver(_))) => told.to_string(),
        Err(Unverified::Undecidable(_)) => "undecidable".into(),
    }
}

/// The same in a task of its own.
pub fn begin(chain: &Chain, token: &str) -> JoinHandle<String> {
    let (chain, credential) = (chain.clone(), bearer(token));
    tokio::spawn(async move { outcome(&chain, &credential).await })
}

/// When it is worth asking again, of what is undecidable.
pub fn pause(verdict: &Verdict) -> Option<Duration> {
    match verdict.as_ref().map_err(Unverified::alone) {
        Err(Unverified::Undecidable(undecidable)) => undecidable.retry_after(),
        _ => panic!("undecidable was expected, and not {}", told(verdict)),
    }
}

/// Lets all other tasks do what they can do without waiting.
pub async fn settle() {
    for _ in 0..1000 {
        yield_now().await;
    }
}

/// Lets time pass for those who measure it, not for sockets.
pub async fn later(duration: Duration) {
    time::pause();
    time::advance(duration).await;
    time::resume();
}
