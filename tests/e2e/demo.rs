//! `better-auth-verifier demo`: everything on embedded files, and a real Better Auth may join.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use reqwest::Client;
use serde_json::{Value, json};

use crate::parts::{
    answer::Answer,
    better_auth::BetterAuth,
    database::Database,
    presented::{Presented, changed, encoded},
    process::Process,
    program,
    signed_in::SignedIn,
};

/// A running demo and what it told its user.
struct Demo {
    process: Process,
    address: String,
    /// Where the proxy of the guarded API listens.
    guarded: String,
    bearer: String,
    told: String,
}

impl Demo {
    /// `home` is its user's.
    fn start(home: &Path) -> Self {
        let mut process = Process::new("demo", "KILL");
        let mut command = program::command(env!("CARGO_BIN_EXE_better-auth-verifier"));
        command.arg("demo").current_dir(process.folder());
        command.env("HOME", home).env("XDG_CACHE_HOME", home.join("cache"));
        // It reads neither of these.
        fs::write(process.folder().join("config.toml"), "nonsense = true").expect("a file");
        command.env("VERIFIER_SERVER__LISTEN", "nonsense").env("BETTER_AUTH_SECRET", "another");
        // The line to paste is whole.
        process.start(command, |log| log.contains("/api/me -H") && log.ends_with("'\n\n"));
        let told = said(&process);
        let between = |begin: &str, end: &str| {
            let rest = told.split_once(begin).unwrap_or_else(|| panic!("{begin} in\n{told}")).1;
            rest.split_once(end).unwrap_or_else(|| panic!("{end} in\n{told}")).0.to_owned()
        };
        let address = between("Paste this:\n\n  curl -i http://", "/api/me");
        let guarded = between("each request:\n\n  curl -i http://", "/orders");
        let bearer = between("-H 'Authorization: Bearer ", "'");
        assert!(told.contains(&format!("http://{address}/docs")), "{told}");
        Self { process, address, guarded, bearer, told }
    }

    async fn me(&self, presented: &Presented) -> Answer {
        let client = Client::builder().no_proxy().build().expect("HTTP client");
        let request = client.get(format!("http://{}/api/me", self.address));
        let request = match presented.header() {
            Some((name, value)) => request.header(name, value.as_ref()),
            None => request,
        };
        Answer::read(request.send().await.expect("the demo answers")).await
    }

    /// Status and body of the API behind the proxy.
    async fn orders(&self, headers: &[(&str, &str)]) -> (u16, String) {
        let client = Client::builder().no_proxy().build().expect("HTTP client");
        let request = client.get(format!("http://{}/orders", self.guarded));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.expect("the proxy answers");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// What stands behind `label`.
    fn told(&self, label: &str) -> &str {
        let mut lines = self.told.lines().filter_map(|line| line.trim().strip_prefix(label));
        lines.next().unwrap_or_else(|| panic!("{label} in\n{}", self.told)).trim().trim_start_matches("in ")
    }

    fn port(&self) -> u16 {
        let (host, port) = self.address.rsplit_once(':').expect("a port");
        assert_eq!(host, "127.0.0.1");
        port.parse().expect("a number")
    }

    fn says_that_its_port_is_another(&self) -> bool {
        self.told.contains(&format!("has port 8000, so the service is at {}.", self.address))
    }
}

/// All that it has printed, the log included.
fn said(process: &Process) -> String {
    fs::read_to_string(process.folder().join("log")).expect("what it printed")
}

#[tokio::test]
async fn an_api_of_another_kind_is_guarded_by_a_proxy() {
    let home = tempfile::tempdir().expect("temporary folder");
    let demo = Demo::start(home.path());
    let bearer = format!("Bearer {}", demo.bearer);
    let (status, said) = demo.orders(&[("Authorization", &bearer), ("X-Auth-User-Id", "forged")]).await;
    assert_eq!(status, 200, "{said}");
    assert!(
        said.starts_with("Hello, Demo User! You asked for /orders.") && !said.contains("forged"),
        "{said}"
    );
    let (status, said) = demo.orders(&[("X-Auth-User-Id", "forged")]).await;
    assert!(status == 401 && said.contains("urn:problem:missing-credential"), "{status} {said}");
    let (status, said) = demo.orders(&[("Authorization", &changed(&bearer, bearer.len() - 3))]).await;
    assert!(status == 401 && said.contains(r#""instance":"/orders""#), "{status} {said}");
}

#[tokio::test]
async fn works_at_once_and_again() {
    let home = tempfile::tempdir().expect("temporary folder");
    let demo = Demo::start(home.path());
    let me = demo.me(&Presented::Bearer(demo.bearer.clone())).await;
    assert_eq!(me.accepted()["user"]["email"], "demo@example.com");
    assert_eq!(me.body["strategy"], "session_table");
    // The service has started, and nothing stands below the line to paste.
    assert_eq!(said(&demo.process), demo.told);
    let paste = format!("curl -i http://{}/api/me -H 'Authorization: Bearer {}'", demo.address, demo.bearer);
    assert_eq!(demo.told.trim_end().lines().last().map(str::trim), Some(&*paste));
    demo.me(&Presented::Nothing).await.missing();
    for at in [0, demo.bearer.len() - 3] {
        demo.me(&Presented::Bearer(changed(&demo.bearer, at))).await.refused();
    }
    assert_eq!(demo.port() != 8000, demo.says_that_its_port_is_another(), "{}", demo.told);

    // Nobody else on this machine may read what is in there.
    let folder = home.path().join("cache/better-auth-verifier/demo");
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("secret")), 0o600);
    assert_eq!(mode(&folder.join("password")), 0o600);
    assert_eq!(mode(&folder.join("better-auth.db")), 0o600);
    assert_eq!(mode(&folder.join("todos.db")), 0o600);
    assert_eq!(demo.told("secret"), folder.join("secret").display().to_string());

    // Whoever has the port: the first, this test or another program, which may let go of it at any time.
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 8000));
    let second = Demo::start(home.path());
    if demo.port() == 8000 || taken.is_ok() {
        assert_ne!(second.port(), 8000);
    }
    assert_eq!(second.port() != 8000, second.says_that_its_port_is_another(), "{}", second.told);
    let moved = format!("has port 8080, so the guarded API is at {}.", second.guarded);
    assert_eq!(second.guarded != "127.0.0.1:8080", second.told.contains(&moved), "{}", second.told);
    for demo in [&demo, &second] {
        for bearer in [&demo.bearer, &second.bearer] {
            demo.me(&Presented::Bearer(bearer.clone())).await.accepted();
        }
    }

    // Stopped and started again: same user, same password, and the sessions live. What was let open meanwhile is closed.
    let mut first = demo;
    first.process.stop("TERM");
    let files = ["secret", "password", "better-auth.db", "todos.db", "better-auth.db-wal", "todos.db-shm"];
    let files = files.map(|name| folder.join(name));
    for path in &files[4..] {
        fs::write(path, "").expect("a file");
    }
    for path in files.iter().chain([&folder]) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("to change the mode");
    }
    let again = Demo::start(home.path());
    assert_eq!(mode(&folder), 0o700);
    for path in files.iter().filter(|path| path.exists()) {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    assert_eq!(again.told("password"), first.told("password"));
    for bearer in [&first.bearer, &again.bearer] {
        let known = again.me(&Presented::Bearer(bearer.clone())).await;
        assert_eq!(known.accepted()["user"], me.body["user"]);
    }
}

/// A real Better Auth on the demo's file, with its secret.
#[tokio::test]
async fn a_real_better_auth_signs_its_user_in() {
    // Characters that mean something in a URL.
    let home = tempfile::Builder::new().prefix("Ä é%41?mode=ro#'").tempdir().expect("temporary folder");
    let demo = Demo::start(home.path());
    let secret = fs::read_to_string(demo.told("secret")).expect("the secret");
    let settings = json!({
        "secret": secret.trim(),
        "database": { "kind": "sqlite", "file": demo.told("database") },
    });
    let better_auth = BetterAuth::start(&Database::Sqlite, settings);
    let session = better_auth.sign_in(demo.told("user"), demo.told("password")).await;
    for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
        let me = demo.me(&presented).await;
        assert_eq!(me.accepted()["user"]["id"], session.user_id);
    }

    // The session that the demo made, as a browser of Better Auth's would hold it.
    let cookie = encoded(&demo.bearer);
    let made = SignedIn {
        user_id: session.user_id.clone(),
        token: String::new(),
        bearer_signed: demo.bearer.clone(),
        cookie_name: session.cookie_name.clone(),
        cookies: vec![(session.cookie_name.clone(), cookie.clone())],
        cookie,
    };
    let known = better_auth.get_session(&made).await;
    assert_eq!(known["user"]["id"], session.user_id);
    assert_eq!(known["user"]["email"], demo.told("user"));
    let me = demo.me(&Presented::Bearer(demo.bearer.clone())).await;
    assert_eq!(me.accepted()["session"]["id"], known["session"]["id"]);
    assert_eq!(me.body["expiresAt"], known["session"]["expiresAt"]);

    // Signed out there, refused here.
    better_auth.sign_out(&session).await;
    demo.me(&Presented::cookie(&session)).await.refused();
    better_auth.sign_out(&made).await;
    assert_eq!(better_auth.get_session(&made).await, Value::Null);
    demo.me(&Presented::Bearer(demo.bearer.clone())).await.refused();
}
