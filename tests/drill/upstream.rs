//! A Better Auth that does what it is told: in front of the real one, it passes requests on, delays, loses or answers
//! them.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use futures_util::stream;
use poem::{
    Body, Endpoint, Request, Response, Server,
    endpoint::make,
    http::{StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
};
use reqwest::Client;
use tokio::time::sleep;

use crate::parts::better_auth::BetterAuth;

/// What becomes of a request.
#[derive(Clone, Copy)]
pub enum Mood {
    /// The real Better Auth answers.
    PassOn,
    /// The same, so much later.
    Slow(Duration),
    /// Nobody ever answers.
    Hang,
    /// This is answered.
    Answer(fn() -> Response),
}

/// See the module.
pub struct Upstream {
    url: String,
    script: Arc<Mutex<Script>>,
}

struct Script {
    mood: Mood,
    /// The moods of requests whose path ends so.
    exceptions: Vec<(&'static str, Mood)>,
    asked: Vec<String>,
}

impl Upstream {
    /// In front of this one, for as long as the test's runtime lives.
    pub async fn start(better_auth: &BetterAuth) -> Self {
        let script = Script { mood: Mood::PassOn, exceptions: Vec::new(), asked: Vec::new() };
        let script = Arc::new(Mutex::new(script));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
        let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
        tokio::spawn(
            Server::new_with_acceptor(acceptor).run(app(better_auth.url().to_owned(), script.clone())),
        );
        Self { url: format!("http://{address}"), script }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on, whatever is asked.
    pub fn is(&self, mood: Mood) {
        let mut script = lock(&self.script);
        script.mood = mood;
        script.exceptions.clear();
    }

    /// From now on, for requests whose path ends so.
    pub fn is_at(&self, path: &'static str, mood: Mood) {
        lock(&self.script).exceptions.push((path, mood));
    }

    /// How many requests there were whose path ends so.
    pub fn asked(&self, path: &str) -> usize {
        lock(&self.script).asked.iter().filter(|asked| asked.ends_with(path)).count()
    }
}

/// What is no answer of Better Auth's, though its status is.
pub fn garbage() -> Response {
    // Cut off: the whole word would say that nobody is signed in.
    Response::builder().content_type("application/json").body("nul")
}

/// As Better Auth's rate limit answers.
pub fn too_many() -> Response {
    let answer = Response::builder().status(StatusCode::TOO_MANY_REQUESTS).header("x-retry-after", "10");
    answer.body(r#"{"message":"Too many requests. Please try again later."}"#)
}

/// Something broke.
pub fn failure() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

/// A gigabyte of blanks, which JSON may begin with.
pub fn gigabyte() -> Response {
    static MEGABYTE: [u8; 1 << 20] = [b' '; 1 << 20];
    let megabytes = stream::iter((0..1 << 10).map(|_| Ok::<_, std::io::Error>(&MEGABYTE[..])));
    Response::builder().content_type("application/json").body(Body::from_bytes_stream(megabytes))
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().expect("unpoisoned")
}

fn app(better_auth: String, script: Arc<Mutex<Script>>) -> impl Endpoint {
    let client = Client::builder().no_proxy().build().expect("HTTP client");
    let better_auth: Arc<str> = better_auth.into();
    make(move |request| {
        let (client, better_auth, mood) = (client.clone(), better_auth.clone(), mood(&script, &request));
        async move {
            match mood {
                Mood::PassOn => {}
                Mood::Slow(delay) => sleep(delay).await,
                Mood::Hang => std::future::pending().await,
                Mood::Answer(answer) => return Ok::<_, Infallible>(answer()),
            }
            Ok(pass_on(&client, &better_auth, &request).await)
        }
    })
}

fn mood(script: &Mutex<Script>, request: &Request) -> Mood {
    let mut script = lock(script);
    let path = request.uri().path();
    script.asked.push(path.to_owned());
    let exception = script.exceptions.iter().rev().find(|(end, _)| path.ends_with(end));
    exception.map_or(script.mood, |(_, mood)| *mood)
}

/// The service only ever GETs here.
async fn pass_on(client: &Client, better_auth: &str, request: &Request) -> Response {
    let mut headers = request.headers().clone();
    headers.remove(header::HOST);
    let Ok(answer) = client.get(format!("{better_auth}{}", request.uri())).headers(headers).send().await
    else {
        return StatusCode::BAD_GATEWAY.into();
    };
    let mut response = Response::builder().status(answer.status());
    if let Some(content_type) = answer.headers().get(header::CONTENT_TYPE) {
        response = response.header(header::CONTENT_TYPE, content_type);
    }
    response.body(answer.bytes().await.unwrap_or_default())
}
