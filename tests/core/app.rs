//! All that a configuration says, around an app.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::{fs, path::Path, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use better_auth_verifier::{
    AuthProblem, Authenticated, BetterAuth, BetterAuthBuilder, Decision, Denial, Identity, Policy, Protect,
    StartError, config::Config,
};
use chrono::{DateTime, Utc};
use poem::{Endpoint, EndpointExt, Route, test::TestClient, web::RemoteAddr};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
use serde_json::json;
use tempfile::TempDir;
use tokio::{runtime::Handle, time::sleep};

use crate::parts::{
    ISSUER, PATIENCE,
    api::{self, ask, client_at},
    event::{SECRET as HOOK_SECRET, body, send},
    log::Log,
    scripted::Scripted,
    server::{Answer, Server},
    session_database::SessionDatabase,
    signer::{Signer, USER, jwks},
};

const SECRET: &str = "a-secret-of-the-tests-0123456789-abcdef";
const HOOK: &str = "/hooks/better-auth";

/// A Better Auth with a key set, a database and Ann, who is signed in.
struct Deployment {
    keys: Server,
    signer: Signer,
    database: SessionDatabase,
    folder: TempDir,
}

impl Deployment {
    async fn new() -> Self {
        let signer = Signer::ed25519("1");
        let database = SessionDatabase::new().await;
        database.sign_in("ann", "s1", "AnnsToken").await;
        let keys = Server::start(Answer::json(&jwks([&signer]))).await;
        Self { keys, signer, database, folder: tempfile::tempdir().expect("a folder") }
    }

    /// A file that names it, and says more.
    fn file(&self, more: &str) -> std::path::PathBuf {
        let (jwks, database) = (self.keys.url("/jwks"), self.database.url());
        let file = self.folder.path().join("auth.toml");
        let text = format!(
            "{more}
            strategies = ['jwt', 'session_table']
            better_auth.secret = '{SECRET}'
            jwt.jwks_url = '{jwks}'
            jwt.issuers = ['{ISSUER}']
            jwt.audiences = ['{ISSUER}']
            session_table.database_url = '{database}'
            revocation.hook_secret = '{HOOK_SECRET}'
            "
        );
        fs::write(&file, text).expect("a file");
        file
    }

    async fn app(&self, more: &str) -> BetterAuth {
        BetterAuth::from_config(self.file(more)).await.expect("an app")
    }

    fn jwt(&self) -> String {
        format!("Bearer {}", self.signer.token())
    }
}

/// The session's cookie, as Better Auth signs it.
fn cookie() -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, b"AnnsToken"));
    let value = format!("AnnsToken.{signature}").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("better-auth.session_token={value}")
}

struct Orders;

#[OpenApi]
impl Orders {
    #[oai(path = "/orders", method = "get")]
    async fn list(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/orders", method = "put")]
    async fn replace(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/members", method = "get")]
    async fn members(&self, auth: Authenticated<Member>) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/open", method = "get")]
    async fn open(&self) -> PlainText<&'static str> {
        PlainText("open")
    }
}

struct Member(&'static str);

impl Policy for Member {
    fn name(&self) -> &'static str {
        "member"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        if identity.user.id == self.0 { Ok(()) } else { Err(Denial::new("not a member").into()) }
    }
}

fn routes() -> Route {
    Route::new().nest("/", OpenApiService::new(Orders, "orders", "1"))
}

fn client(auth: &BetterAuth) -> TestClient<impl Endpoint + use<>> {
    api::client(auth.wrap(routes()))
}

fn address(text: &str) -> RemoteAddr {
    RemoteAddr(poem::Addr::SocketAddr(text.parse().expect("an address")))
}

fn scripted() -> BetterAuthBuilder {
    BetterAuth::builder("http://localhost:3000")
        .set("shared_secret.secret", SECRET)
        .strategies(["shared_secret"])
}

#[tokio::test]
async fn a_file_protects_an_app_and_a_sign_out_ends_a_jwt_at_once() {
    let deployment = Deployment::new().await;
    let auth = deployment.app("").await;
    let client = client(&auth);
    let stranger = ask(&client, "GET /orders", &[]).await;
    assert_eq!((stranger.status, stranger.kind().as_str()), (401, "missing-credential"));
    assert_eq!(stranger.header("cache-control"), "no-store");
    let id = stranger.header("x-request-id").to_owned();
    assert_eq!((id.len(), &stranger.problem()["requestId"]), (32, &json!(id)));

    let (jwt, cookie) = (deployment.jwt(), cookie());
    let jwt = [("authorization", jwt.as_str())];
    let cookie = [("cookie", cookie.as_str())];
    assert_eq!(ask(&client, "GET /orders", &jwt).await.body, USER);
    assert_eq!(ask(&client, "GET /orders", &cookie).await.body, "ann");
    let planted = [cookie[0], ("origin", "https://evil.example")];
    assert_eq!(ask(&client, "PUT /orders", &planted).await.kind(), "untrusted-origin");

    let forged = send(&client, HOOK, "1", &sign_out(USER), "another secret of at least 24 bytes").await;
    assert_eq!(forged.status, 401);
    assert_eq!(ask(&client, "GET /orders", &jwt).await.status, 200);
    let told = send(&client, HOOK, "1", &sign_out(USER), HOOK_SECRET).await;
    assert_eq!((told.status, told.body.as_str()), (204, ""));
    let ended = ask(&client, "GET /orders", &jwt).await;
    assert_eq!((ended.status, ended.kind().as_str()), (401, "invalid-credential"));
    assert_eq!(ask(&client, "GET /orders", &cookie).await.status, 200, "another user's session");
}

fn sign_out(user: &str) -> String {
    body("session.deleted", Utc::now(), &json!({ "sessionId": "s9", "userId": user }))
}

#[tokio::test]
async fn health_is_answered_and_follows_the_strategies() {
    let deployment = Deployment::new().await;
    let auth = deployment.app("").await;
    assert!(auth.is_ready());
    let client = client(&auth);
    for path in ["/health", "/health/live"] {
        let told = ask(&client, &format!("GET {path}"), &[]).await;
        assert_eq!((told.status, told.body.as_str()), (200, r#"{"status":"healthy"}"#));
    }
    let ready = ask(&client, "GET /health/ready", &[]).await;
    let states = r#"{"status":"ready","strategies":[{"name":"jwt","state":"ready"},{"name":"session_table","state":"ready"}]}"#;
    assert_eq!((ready.status, ready.body.as_str()), (200, states));
    for (request, methods) in [("POST /health", "GET, HEAD"), ("GET /hooks/better-auth", "POST")] {
        let told = ask(&client, request, &[]).await;
        assert_eq!(
            (told.kind().as_str(), told.header("allow")),
            ("method-not-allowed", methods),
            "{request}"
        );
    }

    let nothing = BetterAuth::builder("http://127.0.0.1:9").build().await.expect("an app all the same");
    assert!(!nothing.is_ready());
    let client = api::client(nothing.wrap(routes()));
    assert_eq!(ask(&client, "GET /health/ready", &[]).await.kind(), "unavailable");
    assert_eq!(ask(&client, "GET /health/live", &[]).await.status, 200);
    // It has no secret for the hook, so that is the app's own affair.
    assert_eq!(ask(&client, &format!("POST {HOOK}"), &[]).await.kind(), "not-found");
}

#[tokio::test]
async fn addresses_are_counted_behind_proxies() {
    let deployment = Deployment::new().await;
    let auth = deployment
        .app("server.trusted_proxies = ['10.0.0.0/8']\nrate_limit.client = { requests = 2, window = '1h' }")
        .await;
    let direct = client_at(address("192.0.2.1:1"), auth.wrap(routes()));
    let behind = client_at(address("10.0.0.1:1"), auth.wrap(routes()));
    let from = |client| [("x-forwarded-for", client)];
    for expected in [200, 200, 429] {
        assert_eq!(ask(&direct, "GET /open", &from("198.51.100.9")).await.status, expected);
    }
    for (client, expected) in
        [("198.51.100.1", 200), ("198.51.100.1", 200), ("198.51.100.1", 429), ("198.51.100.2", 200)]
    {
        assert_eq!(ask(&behind, "GET /open", &from(client)).await.status, expected, "{client}");
    }
    let limited = ask(&direct, "GET /open", &[]).await;
    assert_eq!(
        (limited.kind().as_str(), limited.header("ratelimit-policy")),
        ("rate-limited", r#""client";q=2;w=3600"#)
    );
    assert_eq!(ask(&direct, "GET /health", &[]).await.status, 200, "monitors have a limit of their own");
}

#[tokio::test]
async fn a_failed_limit_and_a_users_limit_hold() {
    let deployment = Deployment::new().await;
    let auth = deployment
        .app("rate_limit.failed = { requests = 1, window = '1h' }\nrate_limit.user = { requests = 2, window = '1h' }")
        .await;
    let client = client_at(address("192.0.2.1:1"), auth.wrap(routes()));
    let wrong = [("authorization", "Bearer x")];
    for expected in [401, 401, 429] {
        assert_eq!(ask(&client, "GET /orders", &wrong).await.status, expected);
    }
    let cookie = cookie();
    for expected in [200, 200, 429] {
        assert_eq!(ask(&client, "GET /orders", &[("cookie", cookie.as_str())]).await.status, expected);
    }
}

#[tokio::test]
async fn pages_of_configured_origins_may_read_answers() {
    let deployment = Deployment::new().await;
    let auth = deployment.app("cors.origins = ['https://app.example']").await;
    let client = client(&auth);
    let asks = |origin| [("origin", origin), ("access-control-request-method", "PUT")];
    let preflight = ask(&client, "OPTIONS /orders", &asks("https://app.example")).await;
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-origin")),
        (200, "https://app.example")
    );
    assert!(preflight.header("access-control-allow-methods").contains("PUT"), "{preflight:?}");
    let other = ask(&client, "OPTIONS /orders", &asks("https://other.example")).await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    let answer = ask(&client, "GET /open", &[("origin", "https://app.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    // No preflight, so an affair of the app's own.
    assert_eq!(ask(&client, "OPTIONS /orders", &[("origin", "https://app.example")]).await.status, 405);
}

#[tokio::test]
async fn it_may_be_nested_or_put_together_by_hand() {
    let deployment = Deployment::new().await;
    let auth = deployment.app("").await;
    let nested = api::client(Route::new().nest("/v1", auth.wrap(routes())));
    assert_eq!(ask(&nested, "GET /v1/health/ready", &[]).await.status, 200);
    assert_eq!(ask(&nested, "GET /v1/orders", &[]).await.problem()["instance"], "/v1/orders");
    assert_eq!(send(&nested, "/v1/hooks/better-auth", "1", &sign_out("bob"), HOOK_SECRET).await.status, 204);

    let denied = api::client(auth.wrap(routes().with(Protect::default())));
    assert_eq!(ask(&denied, "GET /open", &[]).await.status, 401);
    assert_eq!(ask(&denied, "GET /health", &[]).await.status, 200);

    let by_hand = Route::new().nest("/internal", auth.routes()).nest("/", routes()).with(auth.clone());
    let by_hand = api::client(by_hand);
    assert_eq!(ask(&by_hand, "GET /internal/health", &[]).await.status, 200);
    assert_eq!(ask(&by_hand, "GET /health", &[]).await.kind(), "not-found");
    let told = send(&by_hand, "/internal/hooks/better-auth", "2", &sign_out(USER), HOOK_SECRET).await;
    assert_eq!(told.status, 204);
    let jwt = deployment.jwt();
    assert_eq!(ask(&by_hand, "GET /orders", &[("authorization", &jwt)]).await.status, 401);
}

#[tokio::test]
async fn faults_are_those_of_the_service_all_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("auth.toml");
    let text = "jwt.leewy = '1s'\njwt.leeway = 'soon'\nbetter_auth.url = 'http://auth.example.com'\nstrategies = ['jwts']";
    fs::write(&file, text).expect("a file");
    let refused = |refused: Result<BetterAuth, StartError>| match refused {
        Err(error) => (error.to_string(), format!("{error:?}")),
        Ok(_) => panic!("an app in spite of its faults"),
    };
    let (shown, debug) = refused(BetterAuth::from_config(&file).await);
    let of_service = Config::load(Some(&file), []).expect_err("faults").to_string();
    assert_eq!((shown.as_str(), shown.lines().count()), (of_service.as_str(), 4));
    assert_eq!(debug, shown, "`main` shows it so");

    let code = BetterAuth::builder("https://auth.example.com")
        .set("jwt.leewy", "1s")
        .set("jwt.leeway", "soon")
        .set("rate_limit.enabled", "maybe")
        .set("jwt", "on")
        .secret("hush")
        .strategies(["session_table"])
        .set("better_auth.allow_insecure", "true")
        .hook_secret("hush");
    let (shown, _) = refused(code.build().await);
    for line in [
        "jwt.leewy = (a string) in the app's code: expected a known key; did you mean `leeway`?",
        "jwt.leeway = \"soon\" in the app's code: expected a duration such as \"10s\", at most a year",
        "rate_limit.enabled = \"maybe\" in the app's code: expected true or false",
        "jwt = \"on\" in the app's code: expected a table",
    ] {
        assert!(shown.lines().any(|found| found.starts_with(line)), "{line}\n{shown}");
    }
    assert!(
        shown.contains("revocation.hook_secret = (hidden) in the app's code") && !shown.contains("hush"),
        "{shown}"
    );

    let missing = BetterAuth::from_config(folder.path().join("nowhere.toml")).await;
    assert!(refused(missing).0.contains("nowhere.toml: expected a file that can be read"));
    let empty = SessionDatabase::of(&[]).await;
    let builder = scripted().strategies(["session_table"]).secret(SECRET).database(empty.url());
    let (unfit, _) = refused(builder.build().await);
    assert!(unfit.contains("session_table") && unfit.contains("\"session\""), "{unfit}");
}

#[tokio::test]
async fn what_only_the_service_uses_is_named_and_has_no_effect() {
    let deployment = Deployment::new().await;
    let (log, _guard) = Log::collect();
    let more = "server.listen = '0.0.0.0:80'
        server.max_body = '1KiB'
        todos.enabled = true
        docs.enabled = false
        forward_auth.profiles.admin.require = ['role:admin']
        database.url = 'postgres://db.example.com/own'";
    let auth = deployment.app(more).await;
    let warnings: Vec<_> =
        log.take().into_iter().filter(|line| line.text.contains("only the service")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let text = &warnings[0].text;
    for key in [
        "auth.toml",
        "forward_auth.profiles.admin.require",
        "server.listen",
        "server.max_body",
        "todos.enabled",
    ] {
        assert!(text.contains(key), "{key}: {text}");
    }
    assert!(!text.contains("docs.enabled") && !text.contains("database.url"), "{text}");
    // Nothing is kept, so an unencrypted database beyond loopback is none.
    assert_eq!(ask(&client(&auth), "GET /open", &[]).await.status, 200);
}

#[tokio::test]
async fn strategies_of_the_app_join_the_chain() {
    let of_app = Scripted::new("of_app", |credential| credential.token().starts_with("ann"));
    let every = Scripted::new("every", |_| true);
    let auth =
        scripted().strategy(every.clone()).strategy_first(of_app.clone()).build().await.expect("an app");
    let client = client(&auth);
    let bearer = |token| [("authorization", token)];
    assert_eq!(ask(&client, "GET /orders", &bearer("Bearer ann")).await.status, 200);
    assert_eq!((of_app.calls(), every.calls()), (1, 0));
    // In the form of `shared_secret`, so it decides.
    let token = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA";
    assert_eq!(ask(&client, "GET /orders", &bearer(token)).await.status, 401);
    assert_eq!(every.calls(), 0);
    assert_eq!(ask(&client, "GET /orders", &bearer("Bearer bob")).await.status, 200);
    assert_eq!(every.calls(), 1);
    let ready = ask(&client, "GET /health/ready", &[]).await;
    for name in ["of_app", "shared_secret", "every"] {
        assert!(ready.body.contains(name), "{ready:?}");
    }
}

#[tokio::test]
async fn policies_get_their_values() {
    let everybody = Scripted::new("everybody", |_| true);
    let builder = scripted()
        .strategy(everybody)
        .authenticator(|authenticator| authenticator.with_policy(Member("ann")));
    let auth = builder.build().await.expect("an app");
    let client = client(&auth);
    assert_eq!(ask(&client, "GET /members", &[("authorization", "Bearer ann")]).await.status, 200);
    assert_eq!(ask(&client, "GET /members", &[("authorization", "Bearer bob")]).await.status, 403);
}

#[tokio::test]
async fn cut_offs_survive_a_restart_where_that_is_wanted() {
    let deployment = Deployment::new().await;
    let own = format!("sqlite://{}/own.db?mode=rwc", deployment.folder.path().display());
    let file = deployment.file(&format!("database.url = '{own}'\nrevocation.persist = true"));
    let (jwt, own) = (deployment.jwt(), deployment.folder.path().join("own.db"));
    let jwt = [("authorization", jwt.as_str())];
    let missing = BetterAuth::from_config(&file).await.err().expect("no tables").to_string();
    assert!(missing.contains("database.url") && missing.contains("BetterAuthBuilder::migrate"), "{missing}");
    assert!(!Path::new(&own).exists());

    let auth = BetterAuth::config(&file).migrate().await.expect("tables").build().await.expect("an app");
    let app = client(&auth);
    assert_eq!(ask(&app, "GET /orders", &jwt).await.status, 200);
    assert_eq!(send(&app, HOOK, "1", &sign_out(USER), HOOK_SECRET).await.status, 204);
    drop(app);
    auth.stop().await;

    let auth = BetterAuth::from_config(&file).await.expect("an app");
    assert_eq!(ask(&client(&auth), "GET /orders", &jwt).await.status, 401);
    let nothing =
        BetterAuth::builder("http://localhost:3000").migrate().await.err().expect("no tables to make");
    assert!(nothing.to_string().contains("revocation.persist = false"), "{nothing}");
}

#[tokio::test]
async fn no_task_outlives_the_last_handle() {
    let deployment = Deployment::new().await;
    let alive = || Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let auth = deployment.app("").await;
    let client = client(&auth);
    assert_eq!(ask(&client, "GET /orders", &[("authorization", "Bearer x")]).await.status, 401);
    drop(auth);
    assert!(alive() > before, "the wrapped app needs them");
    assert_eq!(ask(&client, "GET /health/ready", &[]).await.status, 200);
    drop(client);
    let ended = async {
        while alive() > before {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("all tasks end");
}
