//! Routes where a credential is optional: absent is a guest, invalid never.

use reqwest::Method;
use serde_json::json;

use crate::parts::{
    presented::{Presented, changed},
    settings::{ALL, Settings},
    site::Site,
};

#[tokio::test]
async fn strangers_are_challenged_and_greeted() {
    let site = Site::sqlite();
    for strategies in [&ALL[..1], &ALL[1..2], &ALL[2..], &ALL] {
        let service = Settings::of(&site.better_auth, strategies).start();
        service.me(&Presented::Nothing).await.missing();
        let other_scheme = service.request(Method::GET, "/api/me", &Presented::Nothing);
        service.send(other_scheme.header("authorization", "Basic YTpi")).await.missing();
        let greeting = service.get("/api/public", &Presented::Nothing).await;
        assert_eq!(greeting.accepted(), &json!({ "message": "Hello, guest!" }));
        // An unrelated cookie is no credential.
        let unrelated = service.get("/api/public", &Presented::Cookie("theme=dark".into())).await;
        assert_eq!(unrelated.accepted(), &json!({ "message": "Hello, guest!" }));
    }
}

#[tokio::test]
async fn callers_are_greeted_by_name_or_refused() {
    let site = Site::sqlite();
    let session = site.ann().await;
    let jwt = site.better_auth.jwt(&session).await;
    let gone = site.ann().await;
    site.better_auth.sign_out(&gone).await;
    for strategies in [&ALL[..], &["jwt", "get_session"]] {
        let service = Settings::of(&site.better_auth, strategies).start();
        for valid in
            [Presented::cookie(&session), Presented::bearer(&session), Presented::Bearer(jwt.clone())]
        {
            let greeting = service.get("/api/public", &valid).await;
            assert_eq!(greeting.accepted(), &json!({ "message": "Hello, Ann!" }), "{valid:?}");
        }
        for invalid in [
            Presented::cookie(&gone),
            Presented::bearer(&gone),
            Presented::Bearer(changed(&session.bearer_signed, 0)),
            Presented::Bearer(changed(&jwt, jwt.len() - 2)),
            Presented::Bearer("nonsense".into()),
            Presented::Header(session.token.clone()),
            Presented::Cookie(format!("{}=", session.cookie_name)),
        ] {
            service.get("/api/public", &invalid).await.refused();
        }
        for (name, value) in
            [("authorization", "Bearer"), ("authorization", "Bearer a b"), ("x-session-token", "a b")]
        {
            let request = service.request(Method::GET, "/api/public", &Presented::Nothing);
            service.send(request.header(name, value)).await.problem(400, "bad-request");
        }
        let other_scheme = service.request(Method::GET, "/api/public", &Presented::Nothing);
        service.send(other_scheme.header("authorization", "Basic YTpi")).await.missing();
    }
}

#[tokio::test]
async fn while_better_auth_is_down_nobody_becomes_a_guest() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let service = Settings::of(&site.better_auth, &["get_session"]).start();
    site.better_auth.stop();
    service.get("/api/public", &Presented::cookie(&session)).await.undecidable();
    service.get("/api/public", &Presented::Nothing).await.accepted();
}
