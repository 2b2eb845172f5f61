use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    ops::Range,
    thread,
};

const CONNECTIONS: usize = 8;

/// Requests for one path, again and again.
pub struct Load {
    /// What they are called in the table and in the budget.
    pub name: &'static str,
    pub path: &'static str,
    /// The values of `Authorization`, one after the other; without any there is no such header.
    pub authorizations: Vec<String>,
    /// The status that each answer must have.
    pub status: u16,
}

impl Load {
    /// Sends the requests of these numbers over several connections at once, each after the answer to the one before.
    pub fn send(&self, address: SocketAddr, numbers: Range<usize>) -> io::Result<()> {
        thread::scope(|scope| {
            let send = |share| self.send_over(TcpStream::connect(address)?, share);
            let shares =
                (0..CONNECTIONS).map(|connection| numbers.clone().skip(connection).step_by(CONNECTIONS));
            let connections: Vec<_> = shares.map(|share| scope.spawn(move || send(share))).collect();
            connections.into_iter().try_for_each(|connection| connection.join().expect("no panic"))
        })
    }

    fn send_over(&self, stream: TcpStream, numbers: impl Iterator<Item = usize>) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        for number in numbers {
            stream.get_mut().write_all(self.text(number).as_bytes())?;
            self.read_answer(&mut stream)?;
        }
        Ok(())
    }

    fn text(&self, number: usize) -> String {
        let authorization = self.authorizations.get(number % self.authorizations.len().max(1));
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
