//! One HTTP/1.1 connection. No client's pool stands between a request and its instant, and thousands can be opened
//! first and used at once.

use std::{
    fmt::Write,
    io::{Error, ErrorKind},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
};

use crate::parts::presented::Presented;

/// See the module.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// To the server at `url`, of which only host and port are read.
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::open_from(Ipv4Addr::LOCALHOST.into(), url).await
    }

    /// As a client with this address.
    pub async fn open_from(client: IpAddr, url: &str) -> Result<Self, Error> {
        let server: SocketAddr = url.strip_prefix("http://").and_then(|url| url.parse().ok()).expect("a URL");
        let socket = TcpSocket::new_v4()?;
        socket.bind((client, 0).into())?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and answers with the status of the answer.
    pub async fn ask(&mut self, request: &str) -> Result<u16, Error> {
        self.send(request).await?;
        self.status().await
    }

    /// Sends a request, or several.
    pub async fn send(&mut self, requests: &str) -> Result<(), Error> {
        self.0.get_mut().write_all(requests.as_bytes()).await
    }

    /// Reads one answer.
    pub async fn status(&mut self) -> Result<u16, Error> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut length = 0;
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| ErrorKind::InvalidData)?;
            }
        }
        self.0.read_exact(&mut vec![0; length]).await?;
        status.ok_or(ErrorKind::InvalidData.into())
    }

    async fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await?;
        if read == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(line.trim_end().to_owned()) }
    }
}

/// GET with these headers, as it goes over the wire.
pub fn get(path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").expect("a string takes everything");
    }
    request + "\r\n"
}

/// `GET /api/me` with a credential.
pub fn me(presented: &Presented) -> String {
    match presented.header() {
        Some((name, value)) => get("/api/me", &[(name, &value)]),
        None => get("/api/me", &[]),
    }
}
