//! An app that the builder makes, around the test kit: what docs/testing.md shows.

#![expect(clippy::needless_pass_by_value, reason = "handlers own what they extract")]

// #region app
use better_auth_verifier::{
    BetterAuth, BetterAuthBuilder, Identity, StartError,
    test_kit::{Event, TestKit},
};
use poem::{Endpoint, Route, get, handler, http::StatusCode, test::TestClient};
use serde_json::json;

const HOOK_SECRET: &str = "a hook secret of at least 24 bytes";

#[handler]
fn whoami(caller: Identity) -> String {
    caller.user.id.clone()
}

/// In production: `app(BetterAuth::config("auth.toml"))`.
async fn app(builder: BetterAuthBuilder) -> Result<impl Endpoint, StartError> {
    let auth = builder.build().await?;
    Ok(auth.wrap(Route::new().at("/whoami", get(whoami).post(whoami))))
}

/// The app with the kit as its Better Auth.
async fn client(kit: &TestKit) -> TestClient<impl Endpoint> {
    let builder = BetterAuth::builder(kit.url())
        .strategies(["jwt", "session_table"])
        .secret(kit.secret())
        .database(kit.database_url())
        .hook_secret(HOOK_SECRET);
    TestClient::new(app(builder).await.expect("an app"))
}

#[tokio::test]
async fn a_sign_out_ends_a_jwt_at_once() {
    let kit = TestKit::start();
    let client = client(&kit).await;
    let ann = kit.user("ann");
    let session = ann.session();
    let jwt = format!("Bearer {}", ann.jwt());
    let ask = || client.get("/whoami").header("authorization", &jwt).send();
    ask().await.assert_text("ann").await;

    // What Better Auth's plugin sends after a sign-out.
    let event = Event::now("session.deleted", &json!({ "sessionId": session.id(), "userId": ann.id() }));
    let secret = HOOK_SECRET.parse().expect("at least 24 bytes");
    let mut hook = client.post("/hooks/better-auth");
    for (name, value) in &event.headers(&secret) {
        hook = hook.header(name, value);
    }
    hook.body(event.body).send().await.assert_status(StatusCode::NO_CONTENT);
    ask().await.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_changes_something_only_from_a_trusted_origin() {
    let kit = TestKit::start();
    let client = client(&kit).await;
    let cookie = kit.user("ann").session().cookie();
    let post = || client.post("/whoami").header("cookie", &cookie);
    post().header("origin", kit.url()).send().await.assert_text("ann").await;
    post().send().await.assert_status(StatusCode::FORBIDDEN);
    post().header("origin", "https://evil.example").send().await.assert_status(StatusCode::FORBIDDEN);
}
// #endregion
