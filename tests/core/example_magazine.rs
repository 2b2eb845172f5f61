//! The example `magazine` answers as it says, around the test kit.

use better_auth_verifier::{
    BetterAuth,
    test_kit::{Event, TestKit, User},
};
use poem::{Endpoint, test::TestClient};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tempfile::TempDir;

use crate::parts::{
    api::{self, ask},
    event::{SECRET, send},
};

#[path = "../../examples/magazine.rs"]
#[expect(dead_code, reason = "its `main`")]
mod example;

/// The app beside this kit, with Ann as its only subscriber, and the folder of its database.
async fn beside(kit: &TestKit) -> (TestClient<impl Endpoint + use<>>, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("magazine.db").display());
    let subscribers = example::subscribers(&url).await.expect("a database");
    subscribers.execute_unprepared("INSERT INTO subscriber VALUES ('ann')").await.expect("a subscriber");
    let builder = BetterAuth::builder(kit.url())
        .strategies(["jwt", "session_table"])
        .secret(kit.secret())
        .database(kit.database_url())
        .hook_secret(SECRET);
    (api::client(example::app(builder, subscribers).await.expect("an app")), folder)
}

async fn status<E: Endpoint>(client: &TestClient<E>, request: &str, user: &User) -> u16 {
    ask(client, request, &[("authorization", &format!("Bearer {}", user.jwt()))]).await.status
}

#[tokio::test]
async fn each_route_serves_whom_it_is_for() {
    let kit = TestKit::start();
    let (client, _folder) = beside(&kit).await;
    let (ann, root) = (kit.user("ann"), kit.user("root").role("admin"));
    assert_eq!(ask(&client, "GET /headlines", &[]).await.body, "headlines for a guest\n");
    let cookie = ann.session().cookie();
    assert_eq!(ask(&client, "GET /headlines", &[("cookie", &cookie)]).await.body, "headlines for ann\n");
    for (request, user, expected) in [
        ("GET /articles", &ann, 200),
        ("GET /articles", &root, 403),
        ("DELETE /comments/7", &root, 200),
        ("DELETE /comments/7", &ann, 403),
    ] {
        assert_eq!(status(&client, request, user).await, expected, "{request} by {}", user.id());
    }
    assert_eq!(ask(&client, "GET /articles", &[]).await.status, 401);
}

#[tokio::test]
async fn a_sign_out_is_heard_and_a_lost_table_is_no_denial() {
    let kit = TestKit::start();
    let (client, folder) = beside(&kit).await;
    let ann = kit.user("ann");
    let session = ann.session();
    let jwt = format!("Bearer {}", ann.jwt());
    let event = Event::now("session.deleted", &json!({ "sessionId": session.id(), "userId": "ann" }));
    assert_eq!(send(&client, "/hooks/better-auth", "1", &event.body, SECRET).await.status, 204);
    assert_eq!(ask(&client, "GET /articles", &[("authorization", &jwt)]).await.status, 401);

    let bob = kit.user("bob");
    let url = format!("sqlite://{}", folder.path().join("magazine.db").display());
    let subscribers = example::subscribers(&url).await.expect("a database");
    subscribers.execute_unprepared("DROP TABLE subscriber").await.expect("no table");
    assert_eq!(status(&client, "GET /articles", &bob).await, 503);
}
