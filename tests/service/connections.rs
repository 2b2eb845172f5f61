use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::parts::{
    PATIENCE,
    auth::ANN,
    client::{Answer, Connection, ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

const HEADER_TIMEOUT: Duration = Duration::from_secs(1);

fn impatient() -> Service {
    Setup::with_sessions()
        .config("server.header_timeout = '1s'")
        .config("server.request_timeout = '1s'")
        .config("session_table.timeout = '500ms'")
        .config("rate_limit.enabled = false")
        .start()
}

/// About as long as configured: not at once, and not a multiple of it either.
#[track_caller]
fn expect_about(time: Duration, configured: Duration) {
    assert!(time >= configured / 2 && time < configured * 8, "{time:?}, {configured:?} is configured");
}

#[test]
fn a_silent_connection_is_closed() {
    let service = impatient();
    expect_about(service.connect().time_to_close(), HEADER_TIMEOUT);
}

#[test]
fn half_a_head_is_closed() {
    let service = impatient();
    for part in ["G", "GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nHost: localhost\r\nX-More: "] {
        let mut connection = service.connect();
        connection.write(part);
        expect_about(connection.time_to_close(), HEADER_TIMEOUT);
    }
}

/// Each byte is in time, the head as a whole is not.
#[test]
fn a_head_that_drips_is_closed() {
    let service = impatient();
    let mut connection = service.connect();
    let begin = Instant::now();
    for byte in get("/health").header("X-Padding", "x".repeat(1000)).text().bytes() {
        if !connection.write([byte]) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    expect_about(begin.elapsed(), HEADER_TIMEOUT);
}

#[test]
fn an_idle_connection_is_kept_and_then_closed() {
    // Longer than a busy machine needs between two requests.
    let header_timeout = Duration::from_secs(4);
    let service = Setup::bare().config("server.header_timeout = '4s'").start();
    let mut connection = service.connect();
    for _ in 0..3 {
        assert_eq!(connection.send(&get("/health")).status, 200);
        thread::sleep(Duration::from_millis(250));
    }
    assert_eq!(connection.send(&get("/health")).status, 200);
    expect_about(connection.time_to_close(), header_timeout);
}

#[test]
fn a_body_that_does_not_come_is_408() {
    let service = impatient();
    let head = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let declared = head.clone().header("Content-Length", "1000").text() + "{";
    let chunked = head.header("Transfer-Encoding", "chunked").text() + "1\r\n{\r\n";
    for request in [declared, chunked] {
        let mut connection = service.connect();
        let begin = Instant::now();
        connection.write(&request);
        let answer = connection.read(false).expect("an answer");
        answer.expect_problem(408, "request-timeout", "/api/todos").expect_not_stored();
        expect_about(begin.elapsed(), Duration::from_secs(1));
        // What follows could be the rest of the body.
        connection.time_to_close();
    }
}

#[test]
fn a_body_that_drips_is_408() {
    let service = impatient();
    let head = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let mut connection = service.connect();
    connection.write(head.header("Content-Length", "1000").text());
    for _ in 0..15 {
        connection.write(" ");
        thread::sleep(Duration::from_millis(100));
    }
    connection.read(false).expect("an answer").expect_problem(408, "request-timeout", "/api/todos");
}

#[test]
fn an_answer_that_does_not_come_is_503() {
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth)
        .config("get_session.timeout = '20s'")
        .config("server.request_timeout = '1s'")
        .start();
    better_auth.hold();
    // That nobody reads a body yet is no fault of the client's.
    for request in [get("/api/me").by(ANN), get("/api/me").by(ANN).json(&json!({ "body": "whole" }))] {
        let begin = Instant::now();
        let answer = service.send(&request);
        answer.expect_problem(503, "unavailable", "/api/me").expect_not_stored();
        assert!(answer.header("Retry-After").is_some());
        expect_about(begin.elapsed(), Duration::from_secs(1));
    }
    better_auth.release();
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let service = impatient();
    let mut connection = service.connect();
    let paths = ["/one", "/two", "/three", "/four"];
    connection.write(paths.map(|path| get(path).text()).concat());
    for path in paths {
        connection.read(false).expect("an answer").expect_problem(404, "not-found", path);
    }
    // Thousands at once, and nobody who reads the answers: no harm to others.
    let mut flood = service.connect();
    flood.write(get("/health").text().repeat(2000));
    drop(flood);
    expect_alive(&service);
}

#[test]
fn other_forms_of_a_request_are_understood() {
    let service = impatient();
    let mut connection = service.connect();
    connection.write("GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(connection.read(false).expect("an answer").status, 200);
    connection.write("GET /health HTTP/1.0\r\n\r\n");
    assert_eq!(connection.read(false).expect("an answer").status, 200);
    connection.time_to_close();
}

#[test]
fn what_is_no_http_is_refused() {
    let service = impatient();
    let many_headers: Vec<_> = (0..500).map(|number| format!("X-{number}: x")).collect();
    let in_head = |headers: &str| format!("GET /api/me HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n");
    let requests: Vec<Vec<u8>> = vec![
        vec![0; 100],
        (0..=255).cycle().take(10_000).collect(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".into(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
        b"GET /health HTTP/9.9\r\n\r\n".into(),
        b"GET /health\r\n\r\n".into(),
        b"GET  HTTP/1.1\r\n\r\n".into(),
        b"GET /a b HTTP/1.1\r\n\r\n".into(),
        b"GET /health HTTP/1.1\r\nHost: a\0b\r\n\r\n".into(),
        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n".into(),
        b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n".into(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1_000_000)).into(),
        in_head(&format!("X-Large: {}", "x".repeat(1_000_000))).into(),
        in_head(&many_headers.join("\r\n")).into(),
        in_head("Content-Length: 5\r\nContent-Length: 6").into(),
        in_head("Content-Length: -1").into(),
        in_head("Content-Length: 99999999999999999999999").into(),
        in_head("Transfer-Encoding: gzip").into(),
    ];
    for request in requests {
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        let mut connection = service.connect();
        connection.write(&request);
        let answers = connection.read_to_close();
        // One refusal, or none.
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{shown:?}: {answers}");
        assert!(answers.is_empty() || answers.starts_with("HTTP/1.1 4"), "{shown:?}: {answers}");
        expect_alive(&service);
    }
    assert!(!service.log().contains("panicked"), "{}", service.log());
}

/// Two lengths of one body: whoever stands in front may have believed the other one.
#[test]
fn a_request_cannot_be_smuggled_in_a_body() {
    let service = impatient();
    for order in
        ["Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4"]
    {
        let mut connection = service.connect();
        connection.write(format!(
            "POST /one HTTP/1.1\r\nHost: localhost\r\n{order}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        ));
        let answers = connection.read_to_close();
        assert!(!answers.contains("/smuggled"), "{order}: {answers}");
    }
}

#[test]
fn five_hundred_connections_at_once() {
    // The last of them waits for all others.
    let service = Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .config("session_table.timeout = '20s'")
        .start();
    let mut connections: Vec<_> = (0..500).map(|_| service.connect()).collect();
    let request = get("/api/me").by(ANN).text();
    for connection in &mut connections {
        assert!(connection.write(&request));
    }
    for connection in &mut connections {
        let answer = connection.read(false).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// Its connections are counted so that there are always some; but the system may have none left, or a store take more.
#[test]
fn without_file_handles_it_waits_until_there_are_some() {
    let service = Setup::bare().config("rate_limit.enabled = false").start();
    let few = format!("--nofile=40:40 --pid={}", service.pid());
    let limited = Command::new("prlimit").args(few.split(' ')).status().expect("prlimit");
    assert!(limited.success());
    let ask = |_| {
        let mut connection = Connection::open(service.address());
        connection.write(get("/health").text());
        connection
    };
    let mut connections: Vec<_> = (0..100).map(ask).collect();
    service.log_when(|log| log.contains("the system refused a new connection"));
    let before = ticks(&service);
    thread::sleep(Duration::from_secs(1));
    // A hundred ticks are a second; a loop that spins takes all of them.
    let used = ticks(&service) - before;
    assert!(used < 30, "{used} hundredths of a second of work without any");
    assert_eq!(service.log().matches("the system refused a new connection").count(), 1, "{}", service.log());

    // Those on which nothing is under way give way to those that wait; one that was not read in time is among them.
    let answered = connections.iter_mut().filter_map(|connection| connection.read(false).ok());
    let answered = answered.filter(|answer| answer.status == 200).count();
    assert!(answered > 50, "{answered}");
    drop(connections);
    expect_alive(&service);
}

/// Processor time that it has used, in hundredths of a second.
fn ticks(service: &Service) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", service.pid())).expect("a status");
    let (_, behind_name) = stat.rsplit_once(')').expect("a name");
    behind_name.split_whitespace().skip(11).take(2).map(|number| number.parse::<u64>().expect("ticks")).sum()
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    for signal in ["TERM", "INT"] {
        let better_auth = BetterAuth::start();
        let mut service = Setup::asking(&better_auth).config("get_session.timeout = '20s'").start();
        better_auth.hold();
        let mut under_way = service.connect();
        under_way.write(get("/api/me").by(ANN).text());
        better_auth.expect_asked(1);
        service.signal(signal);
        // Nobody new is let in.
        until("no new connections", || Connection::try_open(service.address()).err());
        thread::sleep(Duration::from_millis(300));
        better_auth.release();
        let answer: Answer = under_way.read(false).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        let (status, _) = service.wait();
        assert_eq!(status.code(), Some(0), "{status}");
        assert!(service.log().contains("stopped"));
    }
}

#[test]
fn a_request_that_is_stuck_is_given_up_after_drain() {
    let better_auth = BetterAuth::start();
    let mut service = Setup::asking(&better_auth)
        .config("get_session.timeout = '59s'")
        .config("server.request_timeout = '60s'")
        .config("server.drain = '1s'")
        .start();
    better_auth.hold();
    let mut stuck = service.connect();
    stuck.write(get("/api/me").by(ANN).text());
    better_auth.expect_asked(1);
    service.signal("TERM");
    let (status, time) = service.wait();
    assert_eq!(status.code(), Some(0), "{status}");
    expect_about(time, Duration::from_secs(1));
    assert!(stuck.read(false).is_err());
    better_auth.release();
}

/// Connections on which nothing is under way are no reason to wait.
#[test]
fn idle_connections_do_not_delay_the_end() {
    let mut service =
        Setup::bare().config("server.header_timeout = '60s'").config("server.drain = '60s'").start();
    let _silent = service.connect();
    let mut idle = service.connect();
    assert_eq!(idle.send(&get("/health")).status, 200);
    service.signal("TERM");
    let (status, time) = service.wait();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(time < PATIENCE / 3, "{time:?}");
}

#[track_caller]
fn expect_alive(service: &Service) {
    assert_eq!(service.get("/health").status, 200);
}
