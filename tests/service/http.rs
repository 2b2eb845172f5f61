use serde_json::{Value, json};

use crate::parts::{
    auth::{ANN, BOB, EXPIRED, IMAGE, cookie, signed, signed_with},
    client::{Answer, Ask, ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

const BARE_CHALLENGE: &str = r#"Bearer realm="better-auth""#;

fn service() -> Service {
    Setup::with_sessions().start()
}

fn post(body: &Value) -> Ask {
    ask("POST", "/api/todos").json(body)
}

#[track_caller]
fn created(service: &Service, token: &str, body: &Value) -> Value {
    let answer = service.send(&post(body).by(token));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.expect_not_stored().expect_no_null();
    let todo = answer.json();
    let location = format!("/api/todos/{}", todo["id"].as_str().expect("an id"));
    assert_eq!(answer.header("Location"), Some(location.as_str()));
    todo
}

#[test]
fn every_carrier_is_read() {
    let service = service();
    for ask in [
        get("/api/me").by(ANN),
        get("/api/me").header("authorization", format!("bEARER {}", signed(ANN))),
        get("/api/me").header("X-Session-Token", signed(ANN)),
        get("/api/me").header("Cookie", cookie(ANN)),
        get("/api/me").header("Cookie", format!("theme=dark; __Secure-{}", cookie(ANN))),
        // The first carrier is judged, the others are not looked at.
        get("/api/me").by(ANN).header("Cookie", "better-auth.session_token=nonsense"),
    ] {
        let answer = service.send(&ask);
        assert_eq!(answer.status, 200, "{}{answer:?}", ask.text());
        assert_eq!(answer.header("Content-Type"), Some("application/json; charset=utf-8"));
        assert_eq!(answer.json()["user"]["id"], "ann", "{answer:?}");
        answer.expect_not_stored();
    }
}

#[test]
fn an_identity_says_what_is_known_and_leaves_out_the_rest() {
    let service = service();
    let answer = service.send(&get("/api/me").by(ANN));
    let ann = answer.expect_no_null().json();
    let expires = &ann["expiresAt"];
    assert!(expires.as_str().is_some_and(|text| text.len() == 24 && text.ends_with('Z')), "{ann}");
    let expected = json!({
        "user": { "id": "ann", "email": "ann@example.test", "emailVerified": true, "name": "Ann", "image": IMAGE },
        "session": { "id": "s1", "expiresAt": expires },
        "strategy": "session_table",
        "expiresAt": expires,
    });
    assert_eq!(ann, expected);
    assert!(!answer.body.contains(ANN));

    let bob = service.send(&get("/api/me").by(BOB)).expect_no_null().json();
    assert_eq!(
        bob["user"],
        json!({ "id": "bob", "email": "bob@example.test", "emailVerified": false, "name": "Bob" })
    );
}

#[test]
fn guests_and_users_are_greeted() {
    let service = service();
    let greeting = |ask: &Ask| {
        let answer = service.send(ask);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.expect_not_stored().json()
    };
    assert_eq!(greeting(&get("/api/public")), json!({ "message": "Hello, guest!" }));
    assert_eq!(greeting(&get("/api/public").by(ANN)), json!({ "message": "Hello, Ann!" }));
}

#[test]
fn h1_nothing_presented_is_challenged_without_an_error() {
    let service = service();
    for ask in [
        get("/api/me"),
        get("/api/todos"),
        post(&json!({ "title": "x" })),
        get("/api/me").header("Authorization", "Basic YTpi"),
        get("/api/public").header("Authorization", "Basic YTpi"),
        get("/api/me").header("Cookie", "another=cookie"),
        // H5
        get(&format!("/api/me?token={}&access_token={}", signed(ANN), signed(ANN))),
    ] {
        let answer = service.send(&ask);
        let path = if ask.text().contains("todos") { "/api/todos" } else { "/api/me" };
        let path = if ask.text().contains("public") { "/api/public" } else { path };
        answer.expect_problem(401, "missing-credential", path).expect_not_stored();
        assert_eq!(answer.header("WWW-Authenticate"), Some(BARE_CHALLENGE), "{}", ask.text());
    }
}

#[test]
fn h2_every_refusal_reads_the_same() {
    let service = service();
    let mut bodies = Vec::new();
    for path in ["/api/me", "/api/public"] {
        for ask in [
            get(path).by("nobodys-token"),
            get(path).by(EXPIRED),
            get(path).header("Authorization", format!("Bearer {}", signed_with("another secret", ANN))),
            get(path).header("Authorization", "Bearer not-a-token-of-any-kind"),
            get(path).header("Authorization", format!("Bearer {ANN}")),
            get(path).header("X-Session-Token", format!("x{}", signed(ANN))),
            get(path).header("x-api-key", "anything"),
            get(path).header("Cookie", format!("{}; {}", cookie(ANN), cookie(BOB))),
            get(path).header("Cookie", "better-auth.session_token="),
            get(path).header("Authorization", format!("Bearer {}", "x".repeat(17_000))),
        ] {
            let answer = service.send(&ask);
            answer.expect_problem(401, "invalid-credential", path).expect_not_stored();
            assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer error="invalid_token""#));
            let mut body = answer.json();
            body["requestId"].take();
            body["instance"].take();
            bodies.push(body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[test]
fn h2_malformed_credentials_and_requests_are_400() {
    let service = service();
    for ask in [
        get("/api/me").header("Authorization", "Bearer"),
        get("/api/me").header("Authorization", "Bearer a b"),
        get("/api/me").header("Authorization", ""),
        get("/api/me").by(ANN).by(ANN),
        get("/api/me").header("X-Session-Token", "a").header("X-Session-Token", "b"),
    ] {
        let answer = service.send(&ask);
        answer.expect_problem(400, "bad-request", "/api/me").expect_not_stored();
        assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer error="invalid_request""#));
    }
    for query in ["limit=0", "limit=101", "limit=x", "limit=", "cursor=x", "cursor="] {
        let answer = service.send(&get(&format!("/api/todos?{query}")).by(ANN));
        answer.expect_problem(400, "bad-request", "/api/todos").expect_not_stored();
    }
}

#[test]
fn a_to_do_that_breaks_a_rule_is_400() {
    let service = service();
    let json = |text: &str| ask("POST", "/api/todos").body("application/json", text).by(ANN);
    for (text, fault) in [
        ("", "The body is empty"),
        ("{", "The body is not JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", "The body must be a JSON object, not a list"),
        ("null", "The body must be a JSON object, not null"),
        (r#"{"title": 1}"#, "`title` must be text, not a number"),
        (r#"{"title": null}"#, "`title` must be text, not null"),
        (r#"{"title": "a", "completed": "yes"}"#, "`completed` must be true or false, not text"),
        (r#"{"title": "a", "description": ["b"]}"#, "`description` must be text, not a list"),
        (r#"{"title": "a\u0000"}"#, "`title` must not contain the character NUL"),
        ("{}", "`title` is missing"),
        (r#"{"title": "a", "owner": "bob"}"#, "unknown field `owner`."),
    ] {
        expect_fault(&service, &json(text), "/api/todos", fault);
    }
    assert!(service.send(&json(r#"{"title": "a"} more"#)).json()["detail"].is_string());
    for (title, fault) in [
        ("", "`title` must not be empty"),
        (" ", "`title` is not as described: What is to be done; not only blanks."),
        ("\t\n\u{a0}", "`title` is not as described: What is to be done; not only blanks."),
        (&"ä".repeat(201), "`title` must have at most 200 characters, and has 201"),
    ] {
        expect_fault(&service, &post(&json!({ "title": title })).by(ANN), "/api/todos", fault);
    }
    let id = created(&service, ANN, &json!({ "title": "ä".repeat(200) }))["id"].clone();
    let path = format!("/api/todos/{}", id.as_str().expect("an id"));
    for (patch, fault) in [
        (json!({ "title": " " }), "`title` is not as described: What is to be done; not only blanks."),
        (json!({ "title": null }), "`title` must be text, not null"),
        (json!({ "completed": "yes" }), "`completed` must be true or false, not text"),
        (json!({ "id": "7" }), "unknown field `id`."),
        (json!([]), "The body must be a JSON object, not a list"),
    ] {
        expect_fault(&service, &ask("PATCH", &path).json(&patch).by(ANN), &path, fault);
    }
}

/// The client reads what is wrong with its body, and nothing of this program's types.
#[track_caller]
fn expect_fault(service: &Service, ask: &Ask, path: &str, fault: &str) {
    let answer = service.send(ask);
    answer.expect_problem(400, "bad-request", path).expect_not_stored();
    assert_eq!(answer.json()["detail"], fault, "{answer:?}");
}

#[test]
fn a_to_do_from_its_creation_to_its_end() {
    let service = service();
    let todo = created(&service, ANN, &json!({ "title": "Milk", "description": "Two" }));
    let path = format!("/api/todos/{}", todo["id"].as_str().expect("an id"));
    let mut members: Vec<_> = todo.as_object().expect("an object").keys().collect();
    members.sort();
    assert_eq!(members, ["completed", "createdAt", "description", "id", "title", "updatedAt"]);
    assert_eq!(service.send(&get(&path).by(ANN)).json(), todo);

    let change = |body: &Value| service.send(&ask("PATCH", &path).json(body).by(ANN));
    let answer = change(&json!({ "completed": true, "description": null }));
    assert_eq!(answer.status, 200, "{answer:?}");
    let changed = answer.expect_not_stored().expect_no_null().json();
    assert_eq!((&changed["completed"], &changed["title"]), (&json!(true), &json!("Milk")));
    assert!(changed.get("description").is_none(), "{changed}");

    let answer = service.send(&ask("DELETE", &path).by(ANN));
    assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{answer:?}");
    answer.expect_not_stored();
    for method in ["GET", "DELETE"] {
        service.send(&ask(method, &path).by(ANN)).expect_problem(404, "not-found", &path);
    }
}

#[test]
fn pages_follow_each_other() {
    let service = service();
    let titles: Vec<_> = (0..5).map(|number| format!("number {number}")).collect();
    for title in &titles {
        created(&service, ANN, &json!({ "title": title }));
    }
    created(&service, BOB, &json!({ "title": "Bob's" }));
    let (mut found, mut path) = (Vec::new(), "/api/todos?limit=2".to_owned());
    for pages in 1.. {
        let answer = service.send(&get(&path).by(ANN));
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.expect_not_stored().expect_no_null().json();
        let items = page["items"].as_array().expect("items");
        found.extend(items.iter().map(|todo| todo["title"].as_str().expect("a title").to_owned()));
        let Some(next) = page.get("nextCursor") else {
            assert_eq!(pages, 3);
            break;
        };
        path = format!("/api/todos?limit=2&cursor={}", next.as_str().expect("text"));
    }
    found.reverse();
    assert_eq!(found, titles);
}

#[test]
fn what_is_not_there_or_not_yours_is_404() {
    let service = service();
    let id = created(&service, ANN, &json!({ "title": "Ann's" }))["id"].as_str().expect("an id").to_owned();
    for id in [
        id.as_str(),
        "0197",
        "%00",
        "%FF",
        "..%2F..",
        "a%20b",
        &"x".repeat(5000),
        "'; drop table verifier_todo",
    ] {
        let path = format!("/api/todos/{}", id.replace(' ', "%20"));
        for method in ["GET", "DELETE"] {
            let answer = service.send(&ask(method, &path).by(BOB));
            answer.expect_problem(404, "not-found", &path).expect_not_stored();
        }
        let answer = service.send(&ask("PATCH", &path).json(&json!({ "title": "Bob's" })).by(BOB));
        answer.expect_problem(404, "not-found", &path).expect_not_stored();
    }
    for path in [
        "/api",
        "/api/",
        "/api/you",
        "/api/me/",
        "/api/me/more",
        "/API/ME",
        "/favicon.ico",
        "/docs/",
        "/health/dead",
        "//api/me",
    ] {
        let answer = service.send(&get(path));
        answer.expect_problem(404, "not-found", path);
        if path.starts_with("/api") {
            answer.expect_not_stored();
        }
    }
    assert_eq!(service.send(&get(&format!("/api/todos/{id}")).by(ANN)).status, 200);
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let service = service();
    for (method, path, allowed) in [
        ("POST", "/api/me", "GET, HEAD"),
        ("PUT", "/api/todos", "GET, HEAD, POST"),
        ("BREW", "/api/todos", "GET, HEAD, POST"),
        ("OPTIONS", "/api/todos", "GET, HEAD, POST"),
        ("POST", "/api/todos/1", "DELETE, GET, HEAD, PATCH"),
        ("DELETE", "/api/public", "GET, HEAD"),
        ("TRACE", "/health", "GET, HEAD"),
        ("POST", "/health/live", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("DELETE", "/openapi.json", "GET, HEAD"),
    ] {
        let answer = service.send(&ask(method, path).by(ANN));
        answer.expect_problem(405, "method-not-allowed", path);
        assert_eq!(answer.words("Allow").join(", "), allowed.to_ascii_lowercase(), "{method} {path}");
        if path.starts_with("/api/") {
            answer.expect_not_stored();
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let service = service();
    for ask in [
        get("/api/me").by(ANN),
        get("/api/me"),
        get("/api/public"),
        get("/api/todos").by(ANN),
        get("/health"),
        get("/health/ready"),
        get("/docs"),
        get("/openapi.json"),
    ] {
        let by_get = service.send(&ask);
        let mut connection = service.connect();
        let text = ask.text().replacen("GET", "HEAD", 1);
        assert!(connection.write(&text));
        let by_head = connection.read(true).expect("an answer");
        assert_eq!(by_head.status, by_get.status, "{text}");
        // RFC 9110 section 8.6: either as for GET, or not at all.
        if by_get.status == 200 {
            let length = by_head.header("Content-Length");
            assert!(length.is_none() || length == by_get.header("Content-Length"), "{text}{length:?}");
        }
        if text.contains("/api/") {
            by_head.expect_not_stored();
        }
        // Nothing follows that the next answer would be mistaken for.
        assert_eq!(connection.send(&get("/health")).status, 200, "{text}");
    }
}

#[test]
fn cookies_from_untrusted_origins_change_nothing() {
    let service =
        Setup::with_sessions().config("better_auth.trusted_origins = ['https://app.example']").start();
    let with_cookie = |headers: &[(&str, &str)]| {
        let ask = post(&json!({ "title": "by cookie" })).header("Cookie", cookie(ANN));
        service.send(&headers.iter().fold(ask, |ask, (name, value)| ask.header(name, *value)))
    };
    for headers in [
        &[][..],
        &[("Origin", "null")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "https://app.example.evil.example")],
        &[("Origin", "https://app.example:444")],
        &[("Origin", "http://app.example")],
        &[("Origin", "https://app.example"), ("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "none")],
    ] {
        let answer = with_cookie(headers);
        answer.expect_problem(403, "untrusted-origin", "/api/todos").expect_not_stored();
    }
    for headers in [
        ("Origin", "https://app.example"),
        ("Origin", "http://localhost:3000"),
        ("Sec-Fetch-Site", "same-origin"),
    ] {
        assert_eq!(with_cookie(&[headers]).status, 201, "{headers:?}");
    }
    // Reading is harmless, and a bearer is not sent by browsers on their own.
    let evil = "https://evil.example";
    let read = service.send(&get("/api/todos").header("Cookie", cookie(ANN)).header("Origin", evil));
    assert_eq!(read.json()["items"].as_array().map(Vec::len), Some(3), "{read:?}");
    assert_eq!(service.send(&post(&json!({ "title": "x" })).by(ANN).header("Origin", evil)).status, 201);
    // An upgrade to WebSocket is a GET that may change something.
    let upgrade = get("/api/me").header("Cookie", cookie(ANN)).header("Connection", "Upgrade");
    service.send(&upgrade.header("Upgrade", "websocket")).expect_problem(403, "untrusted-origin", "/api/me");
}

#[test]
fn a_body_over_the_limit_is_413() {
    let service = Setup::with_sessions().config("server.max_body = '1KiB'").start();
    let fits = json!({ "title": "fits", "description": "x".repeat(900) });
    created(&service, ANN, &fits);
    let large = json!({ "title": "large", "description": "x".repeat(1100) });
    service
        .send(&post(&large).by(ANN))
        .expect_problem(413, "payload-too-large", "/api/todos")
        .expect_not_stored();

    // By what is declared, before a byte is read or asked for.
    let mut connection = service.connect();
    let head = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    connection.write(head.header("Expect", "100-continue").header("Content-Length", "1025").text());
    let answer = connection.read(false).expect("an answer");
    answer.expect_problem(413, "payload-too-large", "/api/todos").expect_not_stored();

    // By what arrives, where nothing is declared.
    let chunked = |body: &str| {
        let head = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
        let mut connection = service.connect();
        connection.write(head.header("Transfer-Encoding", "chunked").text());
        for part in body.as_bytes().chunks(100) {
            connection.write(format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part)));
        }
        connection.write("0\r\n\r\n");
        connection.read(false).expect("an answer")
    };
    assert_eq!(chunked(&fits.to_string()).status, 201);
    chunked(&large.to_string()).expect_problem(413, "payload-too-large", "/api/todos").expect_not_stored();
}

#[test]
fn a_body_of_another_type_is_415() {
    let service = service();
    let body = json!({ "title": "a" }).to_string();
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
        let answer = service.send(&ask("POST", "/api/todos").by(ANN).body(media, body.clone()));
        answer.expect_problem(415, "unsupported-media-type", "/api/todos").expect_not_stored();
    }
    let mut connection = service.connect();
    let head = ask("POST", "/api/todos").by(ANN).header("Content-Length", body.len().to_string());
    connection.write(head.text() + &body);
    connection.read(false).expect("an answer").expect_problem(415, "unsupported-media-type", "/api/todos");
    for media in ["application/json; charset=utf-8", "Application/JSON"] {
        let answer = service.send(&ask("POST", "/api/todos").by(ANN).body(media, body.clone()));
        assert_eq!(answer.status, 201, "{media}: {answer:?}");
    }
}

/// Nobody's body is looked at before they are known.
#[test]
fn strangers_are_401_whatever_they_send() {
    let service = service();
    for body in ["{", "[]", r#"{"title": ""}"#] {
        let answer = service.send(&ask("POST", "/api/todos").body("application/json", body));
        answer.expect_problem(401, "missing-credential", "/api/todos");
    }
    service.send(&ask("POST", "/api/todos").body("text/plain", "x")).expect_problem(
        401,
        "missing-credential",
        "/api/todos",
    );
    service.send(&get("/api/todos?limit=x")).expect_problem(401, "missing-credential", "/api/todos");
}

#[test]
fn h4_undecidable_is_503_for_guests_routes_too() {
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth).config("get_session.timeout = '300ms'").start();
    let expect_unavailable = |answer: &Answer, path: &str| {
        answer.expect_problem(503, "unavailable", path).expect_not_stored();
        let wait = answer.header("Retry-After").and_then(|wait| wait.parse::<u32>().ok());
        assert!(wait.is_some_and(|wait| wait > 0), "{answer:?}");
        assert_eq!(answer.header("WWW-Authenticate"), None, "{answer:?}");
    };
    better_auth.hold();
    for path in ["/api/me", "/api/public"] {
        expect_unavailable(&service.send(&get(path).by(ANN)), path);
    }
    // Whoever presents nothing is no question to Better Auth.
    assert_eq!(service.get("/api/public").status, 200);
    better_auth.release();
    until("an answer", || (service.send(&get("/api/me").by(ANN)).status == 200).then_some(()));
}

#[test]
fn o5_health_tells_what_can_be_decided() {
    let service = service();
    assert_eq!(service.get("/health").json(), json!({ "status": "healthy" }));
    assert_eq!(service.get("/health/live").status, 200);
    // The start gives up what does not answer at once, and asks again later.
    let ready = until("readiness", || Some(service.get("/health/ready")).filter(|ready| ready.status == 200));
    // No more than that: what it keeps and hears is for operators.
    let strategies = json!([{ "name": "session_table", "state": "ready" }]);
    assert_eq!(ready.json(), json!({ "status": "ready", "strategies": strategies }));

    // Nothing listens there.
    let service = Setup::bare()
        .config("strategies = ['jwt', 'get_session']")
        .config("better_auth.url = 'http://127.0.0.1:9'")
        .start();
    assert_eq!(service.get("/health/live").status, 200);
    let ready = service.get("/health/ready");
    ready.expect_problem(503, "unavailable", "/health/ready");
    assert!(ready.header("Retry-After").is_some(), "{ready:?}");
    assert!(ready.body.contains("jwt") && ready.body.contains("get_session"), "{ready:?}");
    assert!(!ready.body.contains("127.0.0.1"), "{ready:?}");
}

/// No browser takes an answer for another type than it says, whatever went wrong.
#[test]
fn every_answer_forbids_sniffing() {
    let service = Setup::with_sessions().config("server.max_body = '1KiB'").start();
    let too_large = post(&json!({ "title": "x".repeat(2000) }));
    for (ask, status) in [
        (get("/api/me").by(ANN), 200),
        (post(&json!({ "title": "one" })).by(ANN), 201),
        (get("/docs"), 200),
        (get("/openapi.json"), 200),
        (get("/api/todos/%2f"), 401),
        (get("/nowhere"), 404),
        (ask("PUT", "/api/me"), 405),
        (too_large.by(ANN), 413),
        (get("/api/me").header("Authorization", "Bearer"), 400),
        (get("/api/me"), 401),
    ] {
        let answer = service.send(&ask);
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{}{answer:?}", ask.text());
        assert_eq!(answer.status, status, "{}{answer:?}", ask.text());
    }
}

#[test]
fn every_request_has_a_name_of_its_own() {
    let service = service();
    let id = |answer: Answer| answer.header("X-Request-Id").expect("a name").to_owned();
    let made_up = get("/health").header("X-Request-Id", "made-up");
    let mut ids = vec![id(service.get("/health")), id(service.get("/nowhere")), id(service.send(&made_up))];
    ids.sort();
    ids.dedup();
    assert!(ids.len() == 3 && !ids.contains(&"made-up".to_owned()), "{ids:?}");
}

/// H7: what a client writes does not come back as a header or as markup.
#[test]
fn h7_an_instance_is_the_path_as_it_was_sent() {
    let service = service();
    for path in ["/%0d%0aSet-Cookie:%20a=b", "/%22%3Cscript%3E", "/%c3%a4", "/a%00b"] {
        let answer = service.get(path);
        answer.expect_problem(404, "not-found", path);
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    service.get("/nowhere?secret=1").expect_problem(404, "not-found", "/nowhere");
}
