//! A fake Better Auth: answers every request as it is told at the moment, and remembers what it was asked.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::Url;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time,
};

use super::PATIENCE;

/// What the server does with a request.
#[derive(Clone)]
pub enum Answer {
    /// 200 with this body.
    Ok(String),
    /// Another status, with further header lines (each with its line end).
    Status(u16, String),
    /// As [`Answer::Ok`], but not before [`Server::release`].
    Held(String),
    /// Takes the request and stays silent.
    Hang,
    /// 200, and a body that comes byte by byte and never ends.
    Drip,
    /// 200, and a body of 1 GB.
    Flood,
    /// Hangs up.
    Close,
    /// What it makes of the request.
    By(fn(&Received) -> Answer),
}

impl Answer {
    pub fn json(value: &Value) -> Self {
        Self::Ok(value.to_string())
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// `GET /path?query HTTP/1.1`
    pub line: String,
    headers: Vec<(String, String)>,
}

impl Received {
    /// All values under a name, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    }
}

/// Lives as long as the test's runtime.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    count: watch::Receiver<usize>,
}

struct Shared {
    answer: Mutex<Answer>,
    received: Mutex<Vec<Received>>,
    gate: Semaphore,
    /// Bytes of floods that a client took.
    flooded: AtomicUsize,
}

impl Server {
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            received: Mutex::default(),
            gate: Semaphore::new(0),
            flooded: AtomicUsize::new(0),
        });
        let (counter, count) = watch::channel(0);
        let (counter, inside) = (Arc::new(counter), shared.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, inside.clone(), counter.clone()));
            }
        });
        Self { address, shared, count }
    }

    pub fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    /// From now on.
    pub fn answers(&self, answer: Answer) {
        *self.shared.answer.lock().expect("unpoisoned") = answer;
    }

    /// Lets every held answer go, also later ones.
    pub fn release(&self) {
        self.shared.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub fn requests(&self) -> usize {
        *self.count.borrow()
    }

    pub fn flooded(&self) -> usize {
        self.shared.flooded.load(Ordering::Relaxed)
    }

    /// Waits until so many requests have arrived.
    pub async fn receives(&self, requests: usize) {
        let mut count = self.count.clone();
        let arrived = count.wait_for(|count| *count >= requests);
        time::timeout(PATIENCE, arrived).await.expect("in time").expect("a server");
    }

    pub fn last(&self) -> Received {
        self.shared.received.lock().expect("unpoisoned").last().expect("a request").clone()
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>, counter: Arc<watch::Sender<usize>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).expect("text");
    let mut lines = head.lines();
    let line = lines.next().expect("a request line").to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let received = Received { line, headers };
    let answer = match shared.answer.lock().expect("unpoisoned").clone() {
        Answer::By(answer) => answer(&received),
        answer => answer,
    };
    shared.received.lock().expect("unpoisoned").push(received);
    counter.send_modify(|count| *count += 1);
    // A client that hangs up early is no failure of the server.
    let _ = reply(&mut stream, answer, &shared).await;
}

async fn reply(stream: &mut TcpStream, answer: Answer, shared: &Shared) -> std::io::Result<()> {
    let ok = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let text = match answer {
        Answer::Ok(body) => ok(&body),
        Answer::Status(status, headers) => {
            format!("HTTP/1.1 {status} Told\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Answer::Held(body) => {
            let _permit = shared.gate.acquire().await;
            ok(&body)
        }
        Answer::Hang => std::future::pending().await,
        Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await?;
            loop {
                stream.write_all(b" ").await?;
                time::sleep(Duration::from_millis(20)).await;
            }
        }
        Answer::Flood => {
            let size = 1 << 30;
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").as_bytes()).await?;
            let piece = vec![b' '; 64 * 1024];
            for _ in 0..size / piece.len() {
                stream.write_all(&piece).await?;
                shared.flooded.fetch_add(piece.len(), Ordering::Relaxed);
            }
            String::new()
        }
        Answer::Close | Answer::By(_) => String::new(),
    };
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
