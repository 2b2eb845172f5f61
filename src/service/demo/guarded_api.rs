//! An API of another kind, and in front of it a tiny proxy that asks this service about every request, as nginx or Caddy would.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use percent_encoding::percent_decode_str;
use poem::{
    IntoResponse, Request, Response, Server,
    endpoint::make,
    http::{HeaderMap, HeaderName, StatusCode, header},
    listener::TcpAcceptor,
};
use reqwest::Client;
use tokio::net::TcpListener;

/// What belongs to one connection, or is the proxy's own to say.
const NOT_HANDED_ON: [HeaderName; 4] =
    [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING];
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves the API behind its proxy, which asks the service at `verifier`, until it is dropped.
pub async fn serve(listener: TcpListener, verifier: SocketAddr) -> anyhow::Result<()> {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().context("an HTTP client")?;
    let forward_auth = format!("http://{verifier}/forward-auth");
    let proxy = make(move |request| {
        let (client, forward_auth) = (client.clone(), forward_auth.clone());
        async move { Ok::<_, poem::Error>(pass(&client, &forward_auth, request).await) }
    });
    Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?).run(proxy).await.context("the guarded API")
}

/// The proxy: a request that may pass goes on to the API with the verdict's headers; any other is answered with the problem.
async fn pass(client: &Client, forward_auth: &str, request: Request) -> Response {
    match ask(client, forward_auth, &request).await {
        Ok(verdict) if verdict.status() == StatusCode::OK => api(&request, verdict.headers()),
        Ok(problem) => hand_on(problem).await,
        Err(error) => unavailable(&error),
    }
}

async fn ask(client: &Client, forward_auth: &str, request: &Request) -> reqwest::Result<reqwest::Response> {
    // What the client says of itself as if it were a proxy stays here.
    let is_handed_on =
        |name: &HeaderName| !NOT_HANDED_ON.contains(name) && !name.as_str().starts_with("x-forwarded-");
    let headers = request.headers().iter().filter(|(name, _)| is_handed_on(name));
    let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    client
        .get(forward_auth)
        .headers(headers)
        .header("X-Forwarded-Method", request.method().as_str())
        .header("X-Forwarded-Uri", request.uri().path())
        .send()
        .await
}

/// The API: it knows no Better Auth, and reads what the proxy has put in place of whatever the client sent.
fn api(request: &Request, verdict: &HeaderMap) -> Response {
    let of_user = |name: &str| {
        let value = verdict.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        percent_decode_str(value).decode_utf8_lossy().into_owned()
    };
    let (id, email, name) =
        (of_user("X-Auth-User-Id"), of_user("X-Auth-User-Email"), of_user("X-Auth-User-Name"));
    format!(
        "Hello, {name}! You asked for {}.\n\nThis API has no library for Better Auth. It was given these headers:\n  \
         X-Auth-User-Id: {id}\n  X-Auth-User-Email: {email}\n",
        request.uri().path()
    )
    .into_response()
}

async fn hand_on(problem: reqwest::Response) -> Response {
    let (status, headers) = (problem.status(), problem.headers().clone());
    let body = problem.bytes().await.unwrap_or_default();
    let mut response = Response::builder().status(status).body(body);
    *response.headers_mut() = headers;
    response
}

/// As the recipes answer: nobody knows who is calling, and a moment later somebody may.
fn unavailable(error: &reqwest::Error) -> Response {
    tracing::error!(%error, "the demo's proxy got no answer from /forward-auth");
    Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).header(header::RETRY_AFTER, 1).finish()
}
