//! A real Better Auth, and what a browser does with it.

use std::{fs, path::PathBuf};

use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::{Value, json};

use super::{
    database::Database,
    port,
    process::Process,
    program::{self, command},
    signed_in::SignedIn,
    version,
};

/// How the line begins that the server prints when it serves.
const READY: &str = r#"{"ready":true,"#;

/// A running server of `tests/better-auth`.
pub struct BetterAuth {
    /// The server itself.
    pub process: Process,
    folder: PathBuf,
    settings: Value,
    url: String,
    database_url: String,
    client: Client,
}

impl BetterAuth {
    /// `settings` are the members `tests/better-auth/server.mjs` documents: `plugins`, and Better Auth's own options.
    pub fn start(database: &Database, settings: Value) -> Self {
        Self::start_version(version::MAIN, database, settings)
    }

    /// As [`Self::start`], of this version or the `newest`. What a version lacks must not be in the settings.
    pub fn start_version(version: &str, database: &Database, settings: Value) -> Self {
        let process = Process::new("better-auth", "KILL");
        let port = port::free();
        let mut complete = json!({
            "port": port,
            "secret": "the-secret-of-the-end-to-end-tests-0123456789",
            "database": database.setting(process.folder()),
        });
        extend(&mut complete, settings);
        let mut better_auth = Self {
            database_url: database.url(process.folder()),
            url: format!("http://127.0.0.1:{port}"),
            settings: complete,
            folder: version::folder(version),
            // No connection is kept: each test has a runtime of its own, and this may be shared between tests.
            client: Client::builder().pool_max_idle_per_host(0).no_proxy().build().expect("HTTP client"),
            process,
        };
        better_auth.start_again();
        better_auth
    }

    /// Where it listens, without a path; also its `baseURL` unless the settings say otherwise.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The secret it signs cookies with.
    pub fn secret(&self) -> &str {
        self.settings["secret"].as_str().expect("a string")
    }

    /// Where its tables are.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The Redis in which it keeps its sessions, if it does.
    pub fn redis_url(&self) -> Option<&str> {
        self.settings["secondaryStorage"]["redis"].as_str()
    }

    /// What its own migration had to make or change when it was last started; and all that it had to say.
    pub fn migrated(&self) -> (Vec<String>, String) {
        let log = self.log();
        let ready = log.lines().find(|line| line.starts_with(READY)).expect("a running server");
        let ready: Value = serde_json::from_str(ready).expect("JSON");
        (serde_json::from_value(ready["migrated"].clone()).expect("names"), log)
    }

    /// Ends it; its tables stay.
    pub fn stop(&mut self) {
        self.process.stop("TERM");
    }

    /// After [`Self::stop`]: same tables, same port.
    pub fn start_again(&mut self) {
        let mut server = command(program::find("node", &[]));
        server.arg(self.folder.join("server.mjs")).env("BETTER_AUTH_TEST", self.settings.to_string());
        self.process.start(server, |log| log.contains(READY));
    }

    /// Ends it and starts it again with other settings, on the same tables and port.
    pub fn change(&mut self, settings: Value) {
        self.stop();
        extend(&mut self.settings, settings);
        self.start_again();
    }

    /// Freezes it: it takes connections and answers nothing.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// Ends [`Self::pause`].
    pub fn resume(&mut self) {
        self.process.resume();
    }

    /// A new user, signed in.
    pub async fn sign_up(&self, name: &str, email: &str, password: &str) -> SignedIn {
        let body = json!({ "name": name, "email": email, "password": password });
        SignedIn::read(self.post("/sign-up/email", None, &body).await).await
    }

    /// Another session of a known user.
    pub async fn sign_in(&self, email: &str, password: &str) -> SignedIn {
        let body = json!({ "email": email, "password": password });
        SignedIn::read(self.post("/sign-in/email", None, &body).await).await
    }

    /// Ends the session.
    pub async fn sign_out(&self, session: &SignedIn) {
        self.post("/sign-out", Some(session), &json!({})).await;
    }

    /// A token of the JWT plugin.
    pub async fn jwt(&self, session: &SignedIn) -> String {
        let body = self.get("/token", session).await;
        body["token"].as_str().expect("a token").to_owned()
    }

    /// What Better Auth itself says of the session; `null` when it does not count.
    pub async fn get_session(&self, session: &SignedIn) -> Value {
        self.get("/get-session", session).await
    }

    /// The same of whoever presents these cookies.
    pub async fn get_session_of(&self, cookies: &str) -> Value {
        let request = self.request(Method::GET, "/get-session").header("cookie", cookies);
        self.accepted(request).await.json().await.expect("JSON")
    }

    /// GET with the session's cookies. `path` is the one below Better Auth's base path.
    pub async fn get(&self, path: &str, session: &SignedIn) -> Value {
        let request = self.request(Method::GET, path).header("cookie", session.cookie_header());
        self.accepted(request).await.json().await.expect("JSON")
    }

    /// POST, with the session's cookies if one is given.
    pub async fn post(&self, path: &str, session: Option<&SignedIn>, body: &Value) -> Response {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(session) = session {
            request = request.header("cookie", session.cookie_header());
        }
        self.accepted(request).await
    }

    async fn accepted(&self, request: RequestBuilder) -> Response {
        let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}\n{}", self.log()));
        let (status, url) = (response.status(), response.url().clone());
        assert!(status.is_success(), "{url}: {status} {}", response.text().await.unwrap_or_default());
        response
    }

    fn log(&self) -> String {
        fs::read_to_string(self.process.folder().join("log")).expect("the log")
    }

    /// From a page of Better Auth's own site.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.settings["baseURL"].as_str().unwrap_or(&self.url);
        let base = Url::parse(base).expect("baseURL");
        let base_path = match base.path() {
            "/" => self.settings["basePath"].as_str().unwrap_or("/api/auth"),
            path => path.trim_end_matches('/'),
        };
        self.client
            .request(method, format!("{}{base_path}{path}", self.url))
            .header("origin", base.origin().ascii_serialization())
    }
}

/// With these members, whatever they were.
pub fn extend(settings: &mut Value, with: Value) {
    let Value::Object(with) = with else { panic!("not an object: {with}") };
    settings.as_object_mut().expect("an object").extend(with);
}
