//! Better Auth's routes over HTTP, on loopback.

use std::{convert::Infallible, net::TcpListener, sync::Arc, thread};

use chrono::Utc;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{runtime, sync::oneshot};

use super::{SESSION_COOKIE, known::Known, token};
use crate::scalar::date;

/// What it does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Answers,
    Hangs,
    Fails(StatusCode),
}

/// Answers on a thread of its own until `ended`; says where, and what it knows.
pub(super) fn start(ended: oneshot::Receiver<()>) -> (String, Arc<Known>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    listener.set_nonblocking(true).expect("a listener that waits for nobody");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let known = Arc::new(Known::new(url.clone()));
    let inside = known.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = serve(listener, inside) => {}
                _ = ended => {}
            }
        });
    });
    (url, known)
}

async fn serve(listener: TcpListener, known: Arc<Known>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let known = known.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let known = known.clone();
            async move { Ok::<_, Infallible>(respond(&known, &request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond(known: &Known, request: &Request<Incoming>) -> Response<String> {
    known.count(request.uri().path());
    let mut manner = known.manner();
    let manner = manner.wait_for(|manner| *manner != Manner::Hangs).await.map(|manner| *manner);
    match manner {
        Ok(Manner::Fails(status)) => with_status(status, &json!({ "message": "as the test wants it" })),
        _ => answer(known, request.method(), request.uri().path(), request.headers()),
    }
}

fn answer(known: &Known, method: &Method, path: &str, headers: &HeaderMap) -> Response<String> {
    let Some(route) = path.strip_prefix("/api/auth") else { return not_found() };
    match (method, route) {
        (&Method::GET, "/ok") => with_status(StatusCode::OK, &json!({ "ok": true })),
        (&Method::GET, "/jwks") => {
            let keys: Vec<_> = known.read(|state| state.keys.iter().map(|key| key.jwk()).collect());
            with_status(StatusCode::OK, &json!({ "keys": keys }))
        }
        (&Method::GET, "/get-session") => get_session(known, headers),
        (&Method::POST, "/get-session") => with_status(
            StatusCode::METHOD_NOT_ALLOWED,
            &json!({
                "message": "POST method requires deferSessionRefresh to be enabled in session config",
                "code": "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
            }),
        ),
        (&Method::GET, "/token") => match live_session(known, headers) {
            Some(found) => with_status(StatusCode::OK, &json!({ "token": jwt(known, &found) })),
            None => with_status(
                StatusCode::UNAUTHORIZED,
                &json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" }),
            ),
        },
        _ => not_found(),
    }
}

/// 200 also where there is no session: then the body is `null`.
fn get_session(known: &Known, headers: &HeaderMap) -> Response<String> {
    let found = live_session(known, headers);
    let mut response = with_status(StatusCode::OK, found.as_ref().unwrap_or(&Value::Null));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, "no-store".parse().expect("a value"));
    headers.insert(header::PRAGMA, "no-cache".parse().expect("a value"));
    if let Some(found) = found {
        headers.insert("set-auth-jwt", jwt(known, &found).parse().expect("a value"));
    }
    response
}

fn jwt(known: &Known, found: &Value) -> String {
    let user = found["user"].as_object().expect("a user");
    token::sign(&known.read(super::known::State::key), &token::claims(&known.url, user, Utc::now()))
}

/// The session that the request presents, unless it is over. A bearer that counts beats the cookie.
fn live_session(known: &Known, headers: &HeaderMap) -> Option<Value> {
    let live = |token: String| {
        let found = known.read(|state| state.session(&token))?;
        date(&found["session"]["expiresAt"]).is_some_and(|end| end >= Utc::now()).then_some(found)
    };
    let bearer = || {
        let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        known.token(text.trim(), true).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
    };
    let cookie = || {
        let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        known.token(pairs.find(|(name, _)| *name == SESSION_COOKIE)?.1, false)
    };
    bearer().or_else(cookie).and_then(live)
}

fn with_status(status: StatusCode, body: &Value) -> Response<String> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(body.to_string()).expect("a response")
}

fn not_found() -> Response<String> {
    Response::builder().status(StatusCode::NOT_FOUND).body(String::new()).expect("a response")
}
