//! An app of one's own, wrapped by the library: the same Better Auth and the same plugin as the service.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::time::Duration;

use better_auth_verifier::{AuthProblem, Authenticated, BetterAuth};
use poem::{Route, Server, listener::TcpListener};
use poem_openapi::{Object, OpenApi, OpenApiService, payload::Json};
use reqwest::Client;
use serde_json::json;

use crate::parts::{
    answer::Answer,
    database::Database,
    hook::{SECRET, plugin, ports},
    presented::Presented,
    site::Site,
    wait::{until, within},
};

const AT_ONCE: Duration = Duration::from_secs(3);

struct Orders;

#[derive(Object)]
struct Caller {
    user: String,
    strategy: String,
}

#[OpenApi]
impl Orders {
    #[oai(path = "/orders", method = "get")]
    async fn list(&self, auth: Authenticated) -> Result<Json<Caller>, AuthProblem> {
        let (user, strategy) = (auth.identity.user.id.clone(), auth.identity.strategy.to_owned());
        Ok(Json(Caller { user, strategy }))
    }
}

async fn orders(port: u16, presented: &Presented) -> Answer {
    let request = Client::new().get(format!("http://127.0.0.1:{port}/orders"));
    let request = presented
        .header()
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value.as_ref()));
    Answer::read(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_sign_out_ends_a_jwt_and_a_cookie_in_an_app() {
    let [port] = ports();
    let site = Site::start(&Database::Sqlite, json!({ "plugins": { "verifier": plugin(&[port]) } }));
    let auth = BetterAuth::builder(site.better_auth.url())
        .strategies(["jwt", "session_table"])
        .secret(site.better_auth.secret())
        .database(site.better_auth.database_url())
        .hook_secret(SECRET)
        .build()
        .await
        .expect("an app");
    let app = auth.wrap(Route::new().nest("/", OpenApiService::new(Orders, "orders", "1")));
    tokio::spawn(Server::new(TcpListener::bind(("127.0.0.1", port))).run(app));

    let (known, bystander) = (site.ann().await, site.ann().await);
    let shown =
        async |session| [Presented::cookie(session), Presented::Bearer(site.better_auth.jwt(session).await)];
    let ready = || async { Client::new().get(format!("http://127.0.0.1:{port}/health/ready")).send().await };
    until(async || ready().await.is_ok_and(|answer| answer.status() == 200), |is_ready| *is_ready).await;
    let (known_by, bystander_by) = (shown(&known).await, shown(&bystander).await);
    for presented in known_by.iter().chain(&bystander_by) {
        orders(port, presented).await.accepted();
    }
    let [cookie, jwt] = &known_by;
    assert_eq!(orders(port, cookie).await.accepted()["strategy"], "session_table");
    assert_eq!(orders(port, jwt).await.accepted()["user"], known.user_id);
    orders(port, &Presented::Nothing).await.missing();

    site.better_auth.sign_out(&known).await;
    for presented in &known_by {
        within(AT_ONCE, async || orders(port, presented).await, |answer| answer.status != 200)
            .await
            .refused();
    }
    for presented in &bystander_by {
        orders(port, presented).await.accepted();
    }
}
