//! HTTP/1.1 by hand: the tests say and see every byte.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::PATIENCE;

/// A request under construction.
#[derive(Clone)]
pub struct Ask {
    method: String,
    path: String,
    host: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

pub fn ask(method: &str, path: &str) -> Ask {
    let (method, path, host) = (method.to_owned(), path.to_owned(), "localhost".to_owned());
    Ask { method, path, host, headers: Vec::new(), body: None }
}

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

impl Ask {
    /// By another name than localhost.
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a signed session token as bearer.
    pub fn by(self, token: &str) -> Self {
        self.header("Authorization", super::auth::bearer(token))
    }

    pub fn body(mut self, content_type: &str, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// The request as it goes over the wire.
    pub fn text(&self) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.path, self.host);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        if let Some(body) = &self.body {
            text.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        text + "\r\n" + self.body.as_deref().unwrap_or_default()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Unpacked, if it was compressed.
    pub body: String,
}

impl Answer {
    /// The header of this name; there may be only one.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name));
        let first = found.next();
        assert!(found.next().is_none(), "{name} is repeated: {self:?}");
        first.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The words of a header that is a list, in lower case and in order.
    pub fn words(&self, name: &str) -> Vec<String> {
        let mut words: Vec<_> = self
            .headers
            .iter()
            .filter(|(one, _)| one.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(','))
            .map(|word| word.trim().to_ascii_lowercase())
            .collect();
        words.sort();
        words
    }

    /// It is the problem of this status and kind, about `path`, and tells the request's name.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, kind: &str, path: &str) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("Content-Type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:problem:{kind}"), "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["instance"], path, "{self:?}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{self:?}");
        assert!(problem["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{self:?}");
        assert_eq!(problem["requestId"].as_str(), self.header("X-Request-Id"), "{self:?}");
        self.expect_no_null();
        self
    }

    /// What is absent is left out.
    #[track_caller]
    pub fn expect_no_null(&self) -> &Self {
        fn has_null(value: &Value) -> bool {
            match value {
                Value::Null => true,
                Value::Array(items) => items.iter().any(has_null),
                Value::Object(members) => members.values().any(has_null),
                _ => false,
            }
        }
        assert!(!has_null(&self.json()), "{self:?}");
        self
    }

    /// No cache keeps it.
    #[track_caller]
    pub fn expect_not_stored(&self) -> &Self {
        assert_eq!(self.header("Cache-Control"), Some("no-store"), "{self:?}");
        assert_eq!(self.header("Vary"), Some("Authorization, Cookie, X-Session-Token, Origin"), "{self:?}");
        self
    }
}

fn unpacked(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    GzDecoder::new(body).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// One connection, kept open.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("a connection")
    }

    pub fn try_open(address: SocketAddr) -> io::Result<Self> {
        Self::of(TcpStream::connect_timeout(&address, PATIENCE)?)
    }

    /// As a client with another of loopback's addresses. It takes in little at once.
    pub fn open_from(client: Ipv4Addr, address: SocketAddr) -> Self {
        let open = || {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_recv_buffer_size(4096)?;
            socket.bind(&SocketAddr::from((client, 0)).into())?;
            socket.connect_timeout(&address.into(), PATIENCE)?;
            Self::of(socket.into())
        };
        open().expect("a connection")
    }

    fn of(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Writes what the other side is willing to take: who refuses a request may stop reading it.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    #[track_caller]
    pub fn send(&mut self, ask: &Ask) -> Answer {
        self.write(ask.text());
        self.read(ask.is_head()).unwrap_or_else(|error| panic!("{}: {error}", ask.text()))
    }

    /// The next answer. `of_head` is one to a HEAD, which ends with its headers.
    pub fn read(&mut self, of_head: bool) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status in {status_line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        assert_eq!(answer.header("Transfer-Encoding"), None, "answers have a known length");
        let length = answer.header("Content-Length").map_or(0, |length| length.parse().expect("a length"));
        if !of_head && !matches!(status, 100..200 | 204 | 304) {
            let mut body = vec![0; length];
            self.0.read_exact(&mut body)?;
            let is_packed = answer.header("Content-Encoding") == Some("gzip");
            let body = if is_packed { unpacked(&body)? } else { body };
            answer.body = String::from_utf8(body).map_err(io::Error::other)?;
        }
        Ok(answer)
    }

    /// Whether the other side has closed by now. What it has said is not read.
    pub fn is_closed(&self) -> bool {
        let stream = self.0.get_ref();
        stream.set_nonblocking(true).expect("a socket");
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).expect("a socket");
        match peeked {
            Ok(length) => length == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Reads a few bytes.
    pub fn sip(&mut self, most: usize) -> io::Result<usize> {
        self.0.get_mut().read(&mut vec![0; most])
    }

    /// How long it takes until the other side closes, having said nothing more.
    #[track_caller]
    pub fn time_to_close(&mut self) -> Duration {
        let begin = Instant::now();
        let mut rest = Vec::new();
        // A reset is an end, too.
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "still open after {PATIENCE:?}");
        }
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
        begin.elapsed()
    }

    /// All that the other side says until it closes.
    #[track_caller]
    pub fn read_to_close(&mut self) -> String {
        let mut rest = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "still open after {PATIENCE:?}");
        }
        String::from_utf8_lossy(&rest).into_owned()
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
