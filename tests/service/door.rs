//! Who is let in when there are many, and who gives way. `tests/drill` has the same with thousands.

use std::{
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

use crate::parts::{
    auth::ANN,
    client::{Connection, ask, get},
    event,
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

/// Half of so many handles are for clients, and 64 for one of them.
const HANDLES: u32 = 300;
const TOTAL: usize = 150;
const CROWD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const GOOD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// On a machine that does other things, too. A client that a crowd keeps out waits until the crowd is late, longer than this.
const AT_ONCE: Duration = Duration::from_secs(3);

fn few() -> Service {
    Setup::with_sessions().config("rate_limit.enabled = false").max_handles(HANDLES).start()
}

/// A service with room for so many connections.
fn with_room(total: usize, per_client: usize) -> Setup {
    Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .config(&format!("server.max_connections = {total}"))
        .config(&format!("server.max_connections_per_client = {per_client}"))
}

fn crowd(
    service: &Service,
    client: Ipv4Addr,
    count: usize,
    does: impl Fn(&mut Connection),
) -> Vec<Connection> {
    let open = |_| {
        let mut connection = Connection::open_from(client, service.address());
        does(&mut connection);
        connection
    };
    (0..count).map(open).collect()
}

fn open(connections: &[Connection]) -> usize {
    connections.iter().filter(|connection| !connection.is_closed()).count()
}

/// A user with another address comes again and again, each time on a new connection.
#[track_caller]
fn expect_good_user_served(service: &Service) {
    for _ in 0..20 {
        let begin = Instant::now();
        let answer = Connection::open_from(GOOD, service.address()).send(&get("/api/me").by(ANN));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
    }
}

/// The log has one line with these words.
#[track_caller]
fn expect_one_line(service: &Service, words: &str) -> String {
    let log = service.log_when(|log| log.contains(words));
    let lines: Vec<_> = log.lines().filter(|line| line.contains(words)).collect();
    assert_eq!(lines.len(), 1, "{log}");
    lines[0].to_owned()
}

/// What 160 connections of one address do; it may have 64.
fn crowd_of_one_address(service: &Service, does: impl Fn(&mut Connection)) {
    let before = service.sockets();
    let _crowd = crowd(service, CROWD, TOTAL + 10, does);
    expect_good_user_served(service);
    until("those too many are closed", || (service.sockets() <= before + 64).then_some(()));
    let line = expect_one_line(service, "that server.max_connections_per_client permits one address");
    assert!(line.contains("127.0.0.2 has 64 connections"), "{line}");
}

#[test]
fn r5_silent_connections_of_one_address_keep_nobody_out() {
    crowd_of_one_address(&few(), |_| {});
}

#[test]
fn r5_busy_connections_of_one_address_keep_nobody_out() {
    crowd_of_one_address(&few(), |connection| {
        connection.write(get("/health/live").text());
    });
}

#[test]
fn r5_slow_readers_of_one_address_keep_nobody_out() {
    let service = few();
    // More than the kernel takes in by itself, and made when it is first asked for.
    let large = get("/docs/scalar.js");
    service.send(&large);
    crowd_of_one_address(&service, |connection| {
        connection.write(large.text());
    });
}

#[test]
fn r5_slow_bodies_of_one_address_keep_nobody_out() {
    let request = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let request = request.header("Content-Length", "1000").text();
    crowd_of_one_address(&few(), |connection| {
        connection.write(&request);
    });
}

#[test]
fn r5_many_addresses_keep_nobody_out() {
    let service = few();
    let addresses = (10..14).map(|last| Ipv4Addr::new(127, 0, 0, last));
    let _crowd: Vec<_> = addresses.map(|client| crowd(&service, client, 60, |_| {})).collect();
    expect_good_user_served(&service);
    let line = expect_one_line(&service, "that server.max_connections permits are taken");
    assert!(line.contains(&format!("all {TOTAL} connections")), "{line}");
}

/// Four addresses send bodies of which nothing comes, and a fifth wants to come in.
#[test]
fn r5_requests_behind_their_pace_give_way_when_there_is_nothing_else() {
    let service = with_room(8, 2).start();
    let request = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let request = request.header("Content-Length", "1000").text();
    let addresses = (10..14).map(|last| Ipv4Addr::new(127, 0, 0, last));
    let slow: Vec<_> = addresses
        .map(|client| {
            crowd(&service, client, 2, |connection| {
                connection.write(&request);
            })
        })
        .collect();
    // Known only once they have been looked up; and slow only after two seconds.
    thread::sleep(Duration::from_secs(3));
    expect_good_user_served(&service);
    let open: usize = slow.iter().map(|connections| open(connections)).sum();
    // A new one may come before the last has quite gone.
    assert!((5..8).contains(&open), "{open} of 8 are left");
}

/// All places are taken by requests that keep pace, or that have only begun.
#[test]
fn r5_requests_on_pace_of_large_clients_give_way_to_a_smaller_one() {
    let service = Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .variable("VERIFIER_REVOCATION__HOOK_SECRET", event::SECRET)
        .max_handles(HANDLES)
        .start();
    let head =
        ask("POST", event::PATH).header("Content-Type", "application/json").header("webhook-id", "one");
    let head = head.header("webhook-timestamp", "1").header("webhook-signature", "v1,x");
    let head = head.header("Content-Length", "16000").text();
    let begin = Instant::now();
    let slow: Vec<_> = [(10, 32), (11, 59), (12, 59)]
        .map(|(last, count)| {
            crowd(&service, Ipv4Addr::new(127, 0, 0, last), count, |connection| {
                connection.write(&head);
                connection.write("x".repeat(if last == 10 { 12_000 } else { 1 }));
            })
        })
        .into();
    // All are read by then, and nobody is behind: that takes two seconds.
    thread::sleep(Duration::from_millis(500));
    expect_good_user_served(&service);
    assert!(begin.elapsed() < Duration::from_secs(4), "the slow ones have ended by themselves");
    assert_eq!(open(&slow[0]), 32, "who has fewer connections loses none");
    assert!(open(&slow[1]) + open(&slow[2]) < 118);
}

/// One that keeps its connections at pace does not hide those that are behind, and a user's slow upload goes after a crowd's.
#[test]
fn r5_who_has_most_connections_loses_requests_first() {
    let service = few();
    let request = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let request = request.header("Content-Length", "1000000").text();
    let take = |last: u8, count: usize, bytes: usize| {
        crowd(&service, Ipv4Addr::new(127, 0, 0, last), count, |connection| {
            connection.write(&request);
            connection.write("x".repeat(bytes));
        })
    };
    let upload = take(9, 1, 1);
    let on_pace = take(10, 32, 100_000);
    let behind = [take(11, 58, 1), take(12, 59, 1)];
    // Behind after two seconds; those on pace for six more.
    thread::sleep(Duration::from_secs(3));
    expect_good_user_served(&service);
    assert_eq!(open(&upload), 1);
    assert_eq!(open(&on_pace), 32);
    assert!(behind.iter().map(|connections| open(connections)).sum::<usize>() < 117);
}

#[test]
fn r5_a_stranger_gives_way_before_a_user() {
    let service = with_room(4, 4).start();
    let mut user = Connection::open_from(GOOD, service.address());
    assert_eq!(user.send(&get("/api/me").by(ANN)).status, 200);
    let strangers = crowd(&service, CROWD, 10, |connection| {
        connection.send(&get("/health/live"));
    });
    until("strangers gave way", || (open(&strangers) <= 3).then_some(()));
    assert_eq!(user.send(&get("/api/me").by(ANN)).status, 200);
    // Whoever comes last is in.
    let mut strangers = strangers;
    assert_eq!(strangers[9].send(&get("/health/live")).status, 200);
}

#[test]
fn r5_a_request_under_way_is_not_closed_for_another() {
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth)
        .config("get_session.timeout = '20s'")
        .config("server.max_connections = 4")
        .config("rate_limit.enabled = false")
        .start();
    better_auth.hold();
    // Nobody has more than the newcomer would.
    let addresses = (10..14).map(|last| Ipv4Addr::new(127, 0, 0, last));
    let mut under_way: Vec<_> = addresses
        .flat_map(|client| {
            crowd(&service, client, 1, |connection| {
                connection.write(get("/api/me").by(ANN).text());
            })
        })
        .collect();
    better_auth.expect_asked(1);
    // Longer than a slow client has, but nobody waits for these.
    thread::sleep(Duration::from_secs(3));
    let mut too_many = Connection::open_from(GOOD, service.address());
    assert!(too_many.time_to_close() < AT_ONCE);
    better_auth.release();
    for connection in &mut under_way {
        assert_eq!(connection.read(false).expect("an answer").status, 200);
    }
    expect_one_line(&service, "that server.max_connections permits are taken");
    // Now there is room.
    assert_eq!(Connection::open_from(GOOD, service.address()).send(&get("/api/me").by(ANN)).status, 200);
}

#[test]
fn r5_trusted_proxies_have_only_the_total() {
    let service = with_room(10, 2).config("server.trusted_proxies = ['127.0.0.2']").start();
    let asks = |connection: &mut Connection| {
        assert_eq!(connection.send(&get("/health/live")).status, 200);
    };
    let of_proxy = crowd(&service, CROWD, 6, asks);
    let of_others = crowd(&service, GOOD, 6, asks);
    until("others have two", || (open(&of_others) <= 2).then_some(()));
    assert_eq!(open(&of_proxy), 6);
}

#[test]
fn r5_a_proxy_that_is_not_listed_is_named_once() {
    let service = with_room(10, 2).start();
    let _proxy = crowd(&service, CROWD, 20, |connection| {
        connection.send(&get("/health/live").header("X-Forwarded-For", "203.0.113.7"));
    });
    let line = expect_one_line(&service, "127.0.0.2 sends X-Forwarded-For and has 2 connections");
    assert!(line.contains("add it to server.trusted_proxies"), "{line}");
}

#[test]
fn r5_more_connections_than_handles_permit_are_a_warning() {
    let setup = Setup::bare().config("server.max_connections = 5000").max_handles(HANDLES);
    let service = setup.start();
    let line = expect_one_line(&service, "server.max_connections = 5000");
    assert!(
        line.contains("300 file handles permit only 150 connections, and the service takes 150"),
        "{line}"
    );
    assert!(service.log().contains("max_connections=150"), "{}", service.log());
}

#[test]
fn r5_heads_have_at_most_64_kib() {
    let service = few();
    let head = |length: usize| get("/health").header("X-Padding", "x".repeat(length)).text();
    let mut connection = service.connect();
    connection.write(head(60 * 1024));
    assert_eq!(connection.read(false).expect("an answer").status, 200);
    connection.write(head(66 * 1024));
    assert!(connection.read_to_close().starts_with("HTTP/1.1 431 "));
}

/// Of the one who holds most, not of another.
#[test]
fn r5_unfinished_heads_have_a_budget() {
    let service = Setup::bare().config("server.max_connections_per_client = 1000").start();
    let before = service.sockets();
    let unfinished = get("/health").header("X-Padding", "x".repeat(60_000)).text();
    let unfinished = &unfinished[..unfinished.len() - 2];
    let mut other = crowd(&service, GOOD, 1, |connection| {
        connection.write(unfinished);
    });
    // The other's is there.
    thread::sleep(Duration::from_millis(100));
    let _heavy = crowd(&service, CROWD, 400, |connection| {
        connection.write(unfinished);
    });
    expect_one_line(&service, "request heads fill the 16 MiB");
    let budget = 16 * 1024 * 1024 / 60_000;
    until("the rest is closed", || (service.sockets() <= before + budget + 1).then_some(()));
    other[0].write("\r\n");
    assert_eq!(other[0].read(false).expect("an answer").status, 200);
}

/// A request keeps its head for as long as it is under way.
#[test]
fn r5_heads_of_requests_under_way_have_the_same_budget() {
    let service = Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .config("server.max_connections_per_client = 1000")
        .start();
    let before = service.sockets();
    let request = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let request = request.header("X-Padding", "x".repeat(60_000)).header("Content-Length", "10").text();
    let mut other = crowd(&service, GOOD, 1, |connection| {
        connection.write(&request);
    });
    // The other's is there.
    thread::sleep(Duration::from_millis(100));
    let _heavy = crowd(&service, CROWD, 400, |connection| {
        connection.write(&request);
    });
    expect_one_line(&service, "request heads fill the 16 MiB");
    let budget = 16 * 1024 * 1024 / 60_000;
    until("the rest is closed", || (service.sockets() <= before + budget + 1).then_some(()));
    other[0].write(r#"{"title":1"#);
    assert_eq!(other[0].read(false).expect("an answer").status, 400);
    assert_eq!(other[0].send(&get("/health/live").header("X-Padding", "x".repeat(60_000))).status, 200);
}

/// An answer's time does not begin again with every byte that is read.
#[test]
fn r5_an_answer_that_is_read_slowly_is_given_up() {
    let service =
        Setup::bare().config("server.request_timeout = '1s'").config("rate_limit.enabled = false").start();
    let size = service.get("/openapi.json").body.len();
    let bound = Duration::from_secs(1) + Duration::from_millis(size as u64 * 1000 / (16 * 1024));
    let mut reader = Connection::open_from(CROWD, service.address());
    // The kernel takes in the first few megabytes by itself.
    reader.write(get("/openapi.json").text().repeat(300));
    let begin = Instant::now();
    until("it is given up", || {
        thread::sleep(Duration::from_millis(100));
        let _ = reader.sip(30);
        service.log().contains("127.0.0.2 read an answer too slowly").then_some(())
    });
    let time = begin.elapsed();
    assert!(time >= bound / 2 && time < bound * 3, "{time:?}, {bound:?} is the bound");
}

/// The time for a request counts from its first byte.
#[test]
fn r5_a_slow_head_takes_from_the_time_of_its_body() {
    let service = Setup::with_sessions().config("server.request_timeout = '3s'").start();
    let request = ask("POST", "/api/todos").by(ANN).header("Content-Type", "application/json");
    let request = request.header("Content-Length", "1000").text();
    let (first, rest) = request.split_at(1);
    let mut connection = service.connect();
    let begin = Instant::now();
    connection.write(first);
    thread::sleep(Duration::from_secs(2));
    connection.write(rest);
    connection.read(false).expect("an answer").expect_problem(408, "request-timeout", "/api/todos");
    let time = begin.elapsed();
    assert!((Duration::from_millis(2900)..Duration::from_millis(4500)).contains(&time), "{time:?}");
}

#[test]
fn r5_an_event_that_drips_is_not_waited_for() {
    let service = Setup::bare().variable("VERIFIER_REVOCATION__HOOK_SECRET", event::SECRET).start();
    let mut connection = service.connect();
    let head = ask("POST", event::PATH)
        .header("Content-Type", "application/json")
        .header("webhook-id", "one")
        .header("webhook-timestamp", "1")
        .header("webhook-signature", "v1,x")
        .header("Content-Length", "1000");
    connection.write(head.text() + "{");
    let begin = Instant::now();
    connection.read(false).expect("an answer").expect_problem(408, "request-timeout", event::PATH);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

/// Whoever sends a large body does not look at the answer before all of it is sent. What is sent after the answer must not
/// meet a closed connection, which would take the answer away.
#[test]
fn an_early_answer_is_read_after_a_whole_body() {
    let service = Setup::with_sessions().config("server.max_body = '2MiB'").start();
    let todo = ask("POST", "/api/todos").header("Content-Type", "application/json");
    for (ask, length, status) in [
        (todo.clone().by(ANN), 3 << 20, 413),
        (todo.clone(), 2 << 20, 401),
        (ask("POST", "/nowhere"), 2 << 20, 404),
        (ask("PUT", "/health"), 2 << 20, 405),
    ] {
        let mut connection = service.connect();
        connection.write(ask.header("Content-Length", length.to_string()).text());
        // The answer has been given by now.
        thread::sleep(Duration::from_millis(100));
        for part in vec![b'x'; length].chunks(64 * 1024) {
            assert!(connection.write(part), "{status}: the rest is not read");
            thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(connection.read(false).expect("an answer").status, status);
    }
}

#[test]
fn h_there_is_exactly_one_host() {
    let service = few();
    for (head, status) in [
        ("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("GET /health HTTP/1.0\r\n\r\n", 200),
        ("GET /health HTTP/1.1\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET /health HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET http://a/health HTTP/1.1\r\n\r\n", 400),
    ] {
        let mut connection = service.connect();
        connection.write(head);
        let answer = connection.read(false).expect("an answer");
        assert_eq!(answer.status, status, "{head}");
        if status == 400 {
            answer.expect_problem(400, "bad-request", "/health");
        }
    }
}
