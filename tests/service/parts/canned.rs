//! A stand-in for Better Auth that answers with what a real one answered: its key set and one session.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use serde_json::Value;

use super::fake::request_line;

/// Its threads end with the test process.
pub struct Canned(SocketAddr);

struct Answers {
    jwks: String,
    session: String,
}

impl Canned {
    /// Publishes this key set, and knows this session.
    pub fn start(jwks: &Value, session: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers = Arc::new(Answers { jwks: jwks.to_string(), session: session.to_string() });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = answers.clone();
                thread::spawn(move || serve(stream, &answers));
            }
        });
        Self(address)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

fn serve(stream: TcpStream, answers: &Answers) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let request = request_line(&mut reader)?;
        let body = if request.contains("/jwks") { &answers.jwks } else { &answers.session };
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        reader.get_mut().write_all((head + body).as_bytes()).ok()?;
    }
}
