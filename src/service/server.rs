//! The accept loop: HTTP/1.1 over TCP, every connection bounded in time.
//!
//! Poem's own server knows no timeout for a request's head, and spins when file handles run out.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures_util::{FutureExt, future};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use poem::{
    Addr, Endpoint, Request, Response,
    endpoint::BoxEndpoint,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    time,
};

use crate::config;

type App = Arc<BoxEndpoint<'static, Response>>;

/// How long to wait when no connection can be accepted: file handles come back when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until SIGINT or SIGTERM; then lets requests under way finish for as long as `drain` says.
pub async fn run(listener: TcpListener, app: BoxEndpoint<'static, Response>, limits: &config::Server) {
    let app = App::new(app);
    let graceful = GracefulShutdown::new();
    let mut stop = Box::pin(stop_signal());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => serve_connection(stream, app.clone(), limits, &graceful),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tracing::info!(drain = ?limits.drain, "stopping");
    if time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way and are given up");
    }
}

fn serve_connection(stream: TcpStream, app: App, limits: &config::Server, graceful: &GracefulShutdown) {
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return };
    // Small answers should not wait for more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let app = app.clone();
        async move {
            let (local, peer) = (LocalAddr(Addr::from(local)), RemoteAddr(Addr::from(peer)));
            let request = Request::from((request, local, peer, Scheme::HTTP));
            let response: hyper::Response<_> = app.get_response(request).await.into();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks off is the client's affair.
    tokio::spawn(graceful.watch(connection).map(drop));
}

async fn stop_signal() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        // Without a handler the signal ends the process, as it does by default.
        Err(_) => future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}
