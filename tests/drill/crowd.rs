//! Many who are signed in.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::connection;
use crate::parts::{better_auth::BetterAuth, presented::Presented, signed_in::SignedIn};

/// Better Auth computes in one thread; more at once would only wait.
const AT_ONCE: usize = 4;

/// The plugins that [`crowd`] needs.
pub fn plugins() -> Value {
    json!({ "plugins": { "anonymous": {} } })
}

/// So many sessions, each of a user of its own. Nobody has a password: to check one takes longer than most drills.
pub async fn crowd(better_auth: &BetterAuth, count: usize) -> Vec<SignedIn> {
    let sign_in =
        async || SignedIn::read(better_auth.post("/sign-in/anonymous", None, &json!({})).await).await;
    stream::iter(0..count).map(|_| sign_in()).buffered(AT_ONCE).collect().await
}

/// A JWT of each.
pub async fn jwts(better_auth: &BetterAuth, crowd: &[SignedIn]) -> Vec<String> {
    stream::iter(crowd).map(|session| better_auth.jwt(session)).buffered(AT_ONCE).collect().await
}

/// So many who are signed in, and what they send.
pub async fn bearers(better_auth: &BetterAuth, count: usize) -> Vec<(SignedIn, String)> {
    let sessions = crowd(better_auth, count).await.into_iter();
    let with_request = |session| {
        let request = connection::me(&Presented::bearer(&session));
        (session, request)
    };
    sessions.map(with_request).collect()
}
