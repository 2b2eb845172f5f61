use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    thread,
};

const CONNECTIONS: usize = 8;

/// One request, again and again.
pub struct Load {
    /// The value of `Authorization`, if it has one.
    pub authorization: Option<String>,
    pub path: &'static str,
    /// The status that each answer must have.
    pub status: u16,
}

impl Load {
    /// Sends so many requests over several connections at once, each after the answer to the one before.
    pub fn send(&self, address: SocketAddr, requests: usize) -> io::Result<()> {
        thread::scope(|scope| {
            let send = || self.send_over(TcpStream::connect(address)?, requests / CONNECTIONS);
            let connections: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(send)).collect();
            connections.into_iter().try_for_each(|connection| connection.join().expect("no panic"))
        })
    }

    fn send_over(&self, stream: TcpStream, requests: usize) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        let request = self.text();
        for _ in 0..requests {
            stream.get_mut().write_all(request.as_bytes())?;
            self.read_answer(&mut stream)?;
        }
        Ok(())
    }

    fn text(&self) -> String {
        let authorization = self.authorization.as_ref();
        let authorization =
            authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
        format!("GET {} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n", self.path)
    }

    fn read_answer(&self, stream: &mut impl BufRead) -> io::Result<()> {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if !line.starts_with(&format!("HTTP/1.1 {} ", self.status)) {
            return Err(io::Error::other(format!("{} was expected, and not {line:?}", self.status)));
        }
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        stream.read_exact(&mut vec![0; length])
    }
}
