//! Thousands of connections that want nothing but to be there, against few file handles. A user with another address is
//! served all the same, and the log says what happens.

use std::{
    fs,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    connection::{self, Connection},
    crowd,
    figures::Figures,
};
use crate::parts::{better_auth::BetterAuth, database::Database, port, service::Service, settings::Settings};

/// What a system without settings of its own gives a process.
const HANDLES: u32 = 1024;
const ONE_ADDRESS: usize = 1060;
const MANY_ADDRESSES: usize = 15_000;
/// How many of them have one address.
const OF_EACH: usize = 100;
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(100);
const IN_TIME: Duration = Duration::from_secs(1);
const GOOD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// Longer than an idle connection is kept: those that are closed come back meanwhile.
const SETTLING: Duration = Duration::from_secs(12);
const RECONNECT: Duration = Duration::from_millis(200);

/// What each of the crowd does on its connection, over and over.
#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    /// Asks just before it would be idle for too long.
    AsksForHealth,
    /// 300 bytes a second of an answer.
    ReadsSlowly,
    /// A byte a second.
    SendsSlowly,
}

impl Does {
    async fn on(self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Self::Nothing => stream.read(&mut [0]).await.map(drop),
            Self::AsksForHealth => loop {
                stream.write_all(connection::get("/health/live", &[]).as_bytes()).await?;
                if stream.read(&mut [0; 4096]).await? == 0 {
                    return Ok(());
                }
                sleep(Duration::from_secs(8)).await;
            },
            Self::ReadsSlowly => {
                stream.write_all(connection::get("/docs/scalar.js", &[]).as_bytes()).await?;
                loop {
                    if stream.read(&mut [0; 300]).await? == 0 {
                        return Ok(());
                    }
                    sleep(Duration::from_secs(1)).await;
                }
            }
            Self::SendsSlowly => {
                let head = "POST /hooks/better-auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                            webhook-id: 1\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\ncontent-length: 10000\r\n\r\n";
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(b" ").await?;
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// Comes back whenever it is closed, for as long as this is held.
struct Crowd {
    _members: JoinSet<()>,
    inside: Arc<AtomicUsize>,
}

impl Crowd {
    fn gather(service: &Service, addresses: impl Iterator<Item = Ipv4Addr>, does: Does) -> Self {
        let inside = Arc::<AtomicUsize>::default();
        let server = service.url().strip_prefix("http://").and_then(|url| url.parse().ok()).expect("a URL");
        let member = |client: Ipv4Addr| {
            let inside = inside.clone();
            async move {
                loop {
                    let socket = TcpSocket::new_v4().expect("a socket");
                    SockRef::from(&socket).set_recv_buffer_size(4096).expect("a socket");
                    socket.bind((client, 0).into()).expect("an address");
                    if let Ok(mut stream) = socket.connect(server).await {
                        inside.fetch_add(1, Ordering::Relaxed);
                        let _ = does.on(&mut stream).await;
                        inside.fetch_sub(1, Ordering::Relaxed);
                    }
                    sleep(RECONNECT).await;
                }
            }
        };
        Self { _members: addresses.map(member).collect(), inside }
    }
}

/// Comes again and again as a user with another address, each time on a new connection.
async fn good_user_is_served(name: &str, service: &Service, request: &str, crowd: &Crowd) {
    let mut times = Vec::new();
    let mut failed = 0;
    for _ in 0..TRIES {
        let begin = Instant::now();
        let ask = async { Connection::open_from(GOOD.into(), service.url()).await?.ask(request).await };
        match timeout(IN_TIME, ask).await {
            Ok(Ok(200)) => times.push(begin.elapsed()),
            _ => failed += 1,
        }
        sleep(PAUSE).await;
    }
    let times: Figures = times.into_iter().collect();
    let inside = crowd.inside.load(Ordering::Relaxed);
    let log = service.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("server.max_connections")).collect();
    println!("{name}: {inside} of the crowd connected; {failed} of {TRIES} tries failed; {times}");
    for line in &lines {
        println!("    {line}");
    }
    assert!(failed * 20 <= TRIES, "{failed}");
    // Two in a minute; none where there is room for all.
    assert!(lines.len() <= 6, "{log}");
}

async fn crowd(name: &str, handles: u32, addresses: impl Fn() -> Vec<Ipv4Addr>) {
    let better_auth = BetterAuth::start(&Database::Sqlite, crowd::plugins());
    let request = crowd::bearers(&better_auth, 1).await.remove(0).1;
    for does in [Does::Nothing, Does::AsksForHealth, Does::ReadsSlowly, Does::SendsSlowly] {
        let settings = Settings::of(&better_auth, &["session_table"]);
        let settings = settings.with("revocation.hook_secret", "a-secret-that-the-crowd-does-not-have");
        let service = Service::start_within(Some(handles), port::free(), &settings.toml());
        let crowd = Crowd::gather(&service, addresses().into_iter(), does);
        sleep(SETTLING).await;
        good_user_is_served(&format!("{name}, {does:?}"), &service, &request, &crowd).await;
        let is_told = service.log().contains("server.max_connections_per_client permits");
        assert_eq!(is_told, handles == HANDLES, "{}", service.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn a_crowd_of_one_address_keeps_nobody_out() {
    crowd("one address", HANDLES, || vec![Ipv4Addr::new(127, 0, 0, 2); ONE_ADDRESS]).await;
}

fn many_addresses() -> Vec<Ipv4Addr> {
    let number = |member: usize| u32::try_from(member / OF_EACH).expect("few");
    (0..MANY_ADDRESSES).map(|member| Ipv4Addr::from_bits(0x7f01_0001 + number(member))).collect()
}

/// With a limit that was raised: there is room for all of them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn a_crowd_of_many_addresses_keeps_nobody_out() {
    crowd("many addresses", 20_000, many_addresses).await;
}

/// What the kernel counts as the service's memory, in megabytes.
fn memory(service: &Service) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.process.pid())).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a figure");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number")
        >> 10
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn unfinished_heads_fill_no_memory() {
    const HEADS: usize = 2000;
    const BYTES: usize = 400 * 1024;
    let better_auth = BetterAuth::start(&Database::Sqlite, json!({}));
    for (name, per_client) in [("one address may have a quarter", 0), ("one address may have all", 10_000)] {
        let settings = Settings::of(&better_auth, &["get_session"]);
        let service = settings.with("server.max_connections_per_client", per_client).start();
        let before = memory(&service);
        let head: Arc<str> = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}", "x".repeat(BYTES)).into();
        let is_over = Arc::<AtomicBool>::default();
        let mut members = JoinSet::new();
        for _ in 0..HEADS {
            let (head, url, is_over) = (head.clone(), service.url().to_owned(), is_over.clone());
            members.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let Ok(mut connection) = Connection::open(&url).await else { continue };
                    // All but what would be refused, and then nothing.
                    for part in head.as_bytes()[..60 * 1024].chunks(4096) {
                        if connection.send(std::str::from_utf8(part).expect("text")).await.is_err() {
                            break;
                        }
                    }
                    let _ = timeout(Duration::from_secs(2), connection.status()).await;
                    let _ = connection.send(&head[60 * 1024..]).await;
                    sleep(RECONNECT).await;
                }
            });
        }
        sleep(SETTLING).await;
        let after = memory(&service);
        is_over.store(true, Ordering::Relaxed);
        println!("{HEADS} unfinished heads, {name}: {before} MB before, {after} MB at most");
        for line in service.log().lines().filter(|line| line.contains("heads") || line.contains("max_conn")) {
            println!("    {line}");
        }
        assert!(after < before + 150);
    }
}
