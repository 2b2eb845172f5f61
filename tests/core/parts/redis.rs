//! A Redis that answers what it is told, for what a real one cannot be made to do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time,
};

/// What it does with `GET`.
#[derive(Clone)]
pub enum Reply {
    /// There is no such key.
    Nothing,
    /// These keys and values.
    Values(Vec<(String, String)>),
    /// These values, and silence for other keys.
    ValuesOrSilence(Vec<(String, String)>),
    /// These bytes, whatever they are.
    Bytes(&'static str),
    /// Stays silent, until it is told otherwise.
    Hang,
    /// Stays silent for as long as the connection lasts, as one does that leads nowhere any more.
    Mute,
    /// Hangs up.
    Close,
}

/// Lives as long as the test's runtime.
pub struct Redis {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    reply: Mutex<Reply>,
    /// What it says to `CLIENT TRACKING`.
    tracking: &'static str,
    asked: Mutex<Vec<String>>,
    /// Keys behind which the next command had come already.
    in_one_go: Mutex<Vec<String>>,
}

impl Redis {
    pub async fn start(reply: Reply) -> Self {
        Self::start_with(reply, "+OK\r\n").await
    }

    /// One that says this to `CLIENT TRACKING`.
    pub async fn start_with(reply: Reply, tracking: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            reply: Mutex::new(reply),
            tracking,
            asked: Mutex::default(),
            in_one_go: Mutex::default(),
        });
        let inside = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, inside.clone()));
            }
        });
        Self { url, shared }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on.
    pub fn replies(&self, reply: Reply) {
        *self.shared.reply.lock().expect("unpoisoned") = reply;
    }

    /// The keys asked for so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("unpoisoned").clone()
    }

    /// Those of them that came together with the next command, before they were answered.
    pub fn asked_in_one_go(&self) -> Vec<String> {
        self.shared.in_one_go.lock().expect("unpoisoned").clone()
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some(command) = command(&mut stream).await {
        let text = match &*command {
            [name, key] if name.eq_ignore_ascii_case("get") => {
                shared.asked.lock().expect("unpoisoned").push(key.clone());
                if !stream.buffer().is_empty() {
                    shared.in_one_go.lock().expect("unpoisoned").push(key.clone());
                }
                match shared.answer(key).await {
                    Some(text) => text,
                    None => return,
                }
            }
            [name, what, ..]
                if name.eq_ignore_ascii_case("client") && what.eq_ignore_ascii_case("tracking") =>
            {
                shared.tracking.into()
            }
            // What a client says of itself when it connects.
            _ => "+OK\r\n".into(),
        };
        if stream.get_mut().write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Shared {
    /// The answer as soon as there is one; `None` to hang up.
    async fn answer(&self, key: &str) -> Option<String> {
        loop {
            let reply = self.reply.lock().expect("unpoisoned").clone();
            match reply_to(&reply, key) {
                None if matches!(reply, Reply::Mute) => std::future::pending().await,
                None if !matches!(reply, Reply::Close) => time::sleep(Duration::from_millis(10)).await,
                answer => return answer,
            }
        }
    }
}

fn reply_to(reply: &Reply, key: &str) -> Option<String> {
    let value = |values: &[(String, String)]| {
        let found = values.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| format!("${}\r\n{value}\r\n", value.len()))
    };
    let nothing = || "$-1\r\n".to_owned();
    match reply {
        Reply::Nothing => Some(nothing()),
        Reply::Values(values) => Some(value(values).unwrap_or_else(nothing)),
        Reply::ValuesOrSilence(values) => value(values),
        Reply::Bytes(bytes) => Some((*bytes).to_owned()),
        Reply::Hang | Reply::Mute | Reply::Close => None,
    }
}

/// An array of texts, as every command is one.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let length = number(stream, '*').await?;
    let mut words = Vec::new();
    for _ in 0..length {
        let mut word = vec![0; number(stream, '$').await? + 2];
        stream.read_exact(&mut word).await.ok()?;
        word.truncate(word.len() - 2);
        words.push(String::from_utf8(word).expect("text"));
    }
    Some(words)
}

async fn number(stream: &mut BufReader<TcpStream>, sign: char) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    Some(line.trim_end().strip_prefix(sign).expect("a number").parse().expect("a number"))
}
