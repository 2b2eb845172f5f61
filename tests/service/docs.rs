use std::fs;

use serde_json::{Value, json};

use crate::contract::COMMITTED;
use crate::parts::{
    client::{Answer, ask, get},
    service::{Service, Setup},
};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str); 10] = [
    ("/openapi.json", "application/json"),
    ("/openapi.yaml", "application/yaml"),
    ("/docs", HTML),
    ("/docs/try.css", "text/css; charset=utf-8"),
    ("/docs/try.js", SCRIPT),
    ("/docs/swagger-ui.js", SCRIPT),
    ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
    ("/docs/reference", HTML),
    ("/docs/read.js", SCRIPT),
    ("/docs/scalar.js", SCRIPT),
];

fn service() -> Service {
    Setup::with_sessions().start()
}

#[track_caller]
fn not_modified(service: &Service, path: &str, coding: &str, known: &str) {
    let again = service.send(&get(path).header("If-None-Match", known).header("Accept-Encoding", coding));
    assert_eq!((again.status, again.body.as_str()), (304, ""), "{path} {known}");
    assert!(again.header("Content-Security-Policy").is_some(), "{path}");
}

#[test]
fn a_file_is_served_once_and_then_known() {
    let service = service();
    for (path, media) in FILES {
        let answer = service.get(path);
        assert_eq!((answer.status, answer.header("Content-Type")), (200, Some(media)), "{path}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
        let etag = answer.header("ETag").expect("an ETag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 8, "{etag}");
        // RFC 9110 section 13.1.2: a list, compared weakly (a proxy that compresses makes the tag a weak one), or any.
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            not_modified(&service, path, "identity", &known);
        }
        let changed = service.send(&get(path).header("If-None-Match", "\"other\""));
        assert_eq!((changed.status, changed.body), (200, answer.body), "{path}");
    }
}

/// A page has as many bytes as thousands of other answers: a guest inside the limit of requests must not draw gigabytes.
#[test]
fn r4_pages_count_by_their_bytes() {
    let service = Setup::bare()
        .config("server.trusted_proxies = ['127.0.0.1']")
        .config("rate_limit.pages = { size = '3MiB', window = '1h' }")
        .start();
    let from = |path: &str, client: &str| get(path).header("X-Forwarded-For", client);
    let script = || service.send(&from("/docs/swagger-ui.js", "192.0.2.1"));
    let first = script();
    assert!(first.status == 200 && first.body.len() > 1024 * 1024, "{}", first.body.len());
    let limited = (0..3).map(|_| script()).find(|answer| answer.status != 200).expect("a limit");
    limited.expect_problem(429, "rate-limited", "/docs/swagger-ui.js");
    assert_eq!(limited.header("RateLimit-Policy"), Some(r#""pages";q=3145728;qu="content-bytes";w=3600"#));
    let wait: u32 = limited.header("Retry-After").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=3600).contains(&wait), "{limited:?}");
    // What has not changed has no bytes, other answers are not pages, and others are somewhere else.
    let known = from("/docs/swagger-ui.js", "192.0.2.1")
        .header("If-None-Match", first.header("ETag").expect("a tag"));
    assert_eq!(service.send(&known).status, 304);
    assert_eq!(service.send(&from("/api/public", "192.0.2.1")).status, 200);
    assert_eq!(service.send(&from("/docs/swagger-ui.js", "192.0.2.2")).status, 200);
}

#[test]
fn a_file_is_compressed_for_those_who_take_it() {
    let service = service();
    for (path, _) in FILES {
        let plain = service.get(path);
        assert_eq!(plain.header("Content-Encoding"), None, "{path}");
        for refusing in ["br", "gzip;q=0", "gzip;Q=0", "identity, gzip; q=0.0", ""] {
            let answer = service.send(&get(path).header("Accept-Encoding", refusing));
            assert_eq!(answer.header("Content-Encoding"), None, "{path} {refusing}");
        }
        for taking in ["gzip", "br, GZIP;q=0.5", "deflate, gzip ; q=1"] {
            let answer = service.send(&get(path).header("Accept-Encoding", taking));
            assert_eq!(answer.header("Content-Encoding"), Some("gzip"), "{path} {taking}");
            assert!(answer.words("Vary").contains(&"accept-encoding".to_owned()), "{path}");
            assert!(answer.body == plain.body, "{path}");
            let length =
                |answer: &Answer| answer.header("Content-Length").and_then(|length| length.parse().ok());
            let (packed, unpacked): (usize, usize) =
                (length(&answer).expect("one"), length(&plain).expect("one"));
            assert!(unpacked < 1000 || packed * 2 < unpacked, "{path}: {packed} of {unpacked}");
            // Each form has a tag of its own, for caches in between (RFC 9110 section 8.8.3.3).
            assert_ne!(answer.header("ETag"), plain.header("ETag"), "{path}");
            not_modified(&service, path, taking, answer.header("ETag").expect("an ETag"));
        }
    }
}

/// What a page may load, by kind.
fn policy(answer: &Answer) -> Vec<String> {
    let policy = answer.header("Content-Security-Policy").expect("a policy");
    policy.split("; ").map(str::to_owned).collect()
}

#[test]
fn the_pages_may_load_nothing_from_elsewhere() {
    let service = service();
    for (path, styles) in [("/docs", "'self'"), ("/docs/reference", "'unsafe-inline'")] {
        let answer = service.get(path);
        let expected = [
            "default-src 'none'",
            "script-src 'self'",
            &format!("style-src {styles}"),
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ];
        assert_eq!(policy(&answer), expected, "{path}");
        // What it loads is there.
        let folder = path.rsplit_once('/').expect("a path").0;
        let parts: Vec<_> = answer.body.split('"').collect();
        let loaded = parts.windows(2).filter(|pair| pair[0].ends_with("src=") || pair[0].ends_with("href="));
        let sources: Vec<_> =
            loaded.map(|pair| pair[1]).filter(|source| !source.starts_with("data:")).collect();
        assert!(sources.len() >= 2, "{path}: {sources:?}");
        for source in sources {
            assert_eq!(service.get(&format!("{folder}/{source}")).status, 200, "{path}: {source}");
        }
    }
    assert_eq!(policy(&service.get("/openapi.json")), ["default-src 'none'", "frame-ancestors 'none'"]);
}

#[test]
fn the_pages_may_ask_the_servers_that_are_named() {
    let service = Setup::with_sessions().config("docs.servers = ['https://api.example/v1/']").start();
    for path in ["/docs", "/docs/reference"] {
        let policy = policy(&service.get(path));
        assert!(policy.contains(&"connect-src 'self' https://api.example".to_owned()), "{policy:?}");
    }
}

#[test]
fn the_pages_can_be_switched_off() {
    let service = Setup::with_sessions().config("docs.enabled = false").start();
    for (path, _) in FILES {
        let expected = if path.starts_with("/docs") { 404 } else { 200 };
        assert_eq!(service.get(path).status, expected, "{path}");
    }
    let entrance = service.get("/");
    entrance.expect_problem(404, "not-found", "/");
    let detail = entrance.json()["detail"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(detail.contains("/openapi.json") && detail.contains("/health"), "{detail}");
}

#[test]
fn the_root_leads_to_the_pages() {
    let service = service();
    for method in ["GET", "HEAD"] {
        let answer = service.send(&ask(method, "/"));
        // Relative: a proxy may have taken a path away.
        assert_eq!((answer.status, answer.header("Location")), (307, Some("docs")), "{method}");
    }
    let post = service.send(&ask("POST", "/"));
    post.expect_problem(405, "method-not-allowed", "/");
    assert_eq!(post.header("Allow"), Some("GET, HEAD"));
}

/// A group without an operation would be an empty heading in the pages.
#[test]
fn every_group_has_an_operation() {
    for (setup, expected) in [
        (Setup::with_sessions(), ["Identity", "Todos", "Health"].as_slice()),
        (Setup::with_sessions().config("todos.enabled = false"), ["Identity", "Health"].as_slice()),
    ] {
        let contract = setup.start().get("/openapi.json").json();
        let groups: Vec<_> =
            contract["tags"].as_array().expect("groups").iter().map(|tag| &tag["name"]).collect();
        assert_eq!(groups, expected);
    }
}

#[test]
fn the_contract_is_served_as_it_is_committed() {
    let service =
        Setup::with_sessions().config("revocation.hook_secret = 'a secret of the tests, 30 bytes'").start();
    let served = service.get("/openapi.json");
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(served.body == committed, "run openapi/generate");
    let yaml: Value = serde_saphyr::from_str(&service.get("/openapi.yaml").body).expect("YAML");
    assert_eq!(yaml, served.json());
}

#[test]
fn the_served_contract_is_that_of_the_deployment() {
    let served = Setup::with_sessions()
        .config("revocation.hook_secret = 'a secret of the tests, 30 bytes'")
        .config("better_auth.cookie_prefix = 'acme'")
        .config("docs.servers = ['https://api.example/', 'https://eu.api.example/v1']")
        .config("docs.contact = { name = 'Team', email = 'api@team.example' }")
        .start()
        .get("/openapi.json")
        .json();
    assert_eq!(
        served["servers"],
        json!([{"url": "https://api.example"}, {"url": "https://eu.api.example/v1"}])
    );
    assert_eq!(served["info"]["contact"], json!({"name": "Team", "email": "api@team.example"}));
    assert_eq!(served["components"]["securitySchemes"]["session_cookie"]["name"], "acme.session_token");

    // Nothing else differs.
    let mut committed: Value = serde_json::from_slice(&fs::read(COMMITTED).expect("a file")).expect("JSON");
    for at in
        [&["servers"][..], &["info", "contact"], &["components", "securitySchemes", "session_cookie", "name"]]
    {
        let member = at.iter().fold(&mut committed, |value, name| &mut value[*name]);
        *member = at.iter().fold(&served, |value, name| &value[*name]).clone();
    }
    assert_eq!(committed, served);
}
