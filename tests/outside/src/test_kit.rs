//! Tests of a Poem app, without Node. Whoever writes them asks for the feature in `[dev-dependencies]`.

use better_auth_verifier::test_kit::{CacheForm, TestKit};
use poem::{http::StatusCode, test::TestClient};

use crate::poem_app::app;

/// Whoever is signed in with a verified address gets in, and nobody else.
pub async fn only_who_has_a_verified_address_gets_in() {
    let kit = TestKit::start();
    let client = TestClient::new(app(kit.authenticator()));
    let ask = async |header: &str, value: String| client.get("/tree/whoami").header(header, value).send().await;

    let ann = kit.user("ann").verified();
    ask("authorization", format!("Bearer {}", ann.jwt())).await.assert_text("ann").await;
    ask("cookie", ann.session().cookie()).await.assert_text("ann").await;
    ask("cookie", ann.session().cookies(CacheForm::Compact)).await.assert_text("ann").await;
    ask("authorization", kit.user("bob").session().bearer()).await.assert_status(StatusCode::FORBIDDEN);
    for token in [ann.token().expired(), ann.token().audience("https://other.example"), ann.token().forged()] {
        let answer = ask("authorization", format!("Bearer {}", token.sign())).await;
        answer.assert_status(StatusCode::UNAUTHORIZED);
    }
}

/// An outage is no verdict.
pub async fn an_outage_is_503() {
    let kit = TestKit::start();
    let client = TestClient::new(app(kit.authenticator()));
    let session = kit.user("ann").verified().session();
    kit.fail(500);
    let answer = client.get("/tree/whoami").header("cookie", session.cookie()).send().await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
}
