//! A stand-in for Better Auth on loopback: knows everybody as Ann, signs tokens for anybody, and can be told to keep its
//! answers to itself.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use super::{signer::Signer, until};

const SESSION: &str = r#"{"session":{"id":"s1","expiresAt":"2999-01-01T00:00:00.000Z"},
    "user":{"id":"ann","name":"Ann","emailVerified":true}}"#;

/// Its threads end with the test process.
pub struct BetterAuth {
    address: SocketAddr,
    desk: Arc<Desk>,
}

struct Desk {
    signer: Signer,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Default)]
struct State {
    holding: bool,
    /// Questions for a session so far, answered or not.
    asked: usize,
}

impl BetterAuth {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (state, released) = (Mutex::default(), Condvar::new());
        let desk = Arc::new(Desk { signer: Signer::new(), state, released });
        let of_thread = desk.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = of_thread.clone();
                thread::spawn(move || serve(stream, &desk));
            }
        });
        Self { address, desk }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A token for this user, issued at this second.
    pub fn jwt(&self, user: &str, issued_at: i64) -> String {
        self.desk.signer.token(&self.url(), user, issued_at)
    }

    /// From now on nobody hears about sessions, until it is released.
    pub fn hold(&self) {
        self.desk.state.lock().expect("unpoisoned").holding = true;
    }

    pub fn release(&self) {
        self.desk.state.lock().expect("unpoisoned").holding = false;
        self.desk.released.notify_all();
    }

    /// Waits until it has been asked for `count` sessions in all.
    #[track_caller]
    pub fn expect_asked(&self, count: usize) {
        let asked = || self.desk.state.lock().expect("unpoisoned").asked;
        until("a question to Better Auth", || (asked() >= count).then_some(()));
    }
}

/// The first line of the next request, whose head is read to its end. Nothing where there is none.
pub fn request_line(reader: &mut impl BufRead) -> Option<String> {
    let mut request = String::new();
    reader.read_line(&mut request).ok().filter(|length| *length > 0)?;
    let mut header = String::new();
    while header != "\r\n" {
        header.clear();
        reader.read_line(&mut header).ok().filter(|length| *length > 0)?;
    }
    Some(request)
}

fn serve(stream: TcpStream, desk: &Desk) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let request = request_line(&mut reader)?;
        if request.contains("/get-session") {
            let mut state = desk.state.lock().ok()?;
            state.asked += 1;
            drop(desk.released.wait_while(state, |state| state.holding).ok()?);
        }
        let body =
            if request.contains("/jwks") { desk.signer.key_set().to_string() } else { SESSION.to_owned() };
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        reader.get_mut().write_all((head + &body).as_bytes()).ok()?;
    }
}
