//! The accept loop: HTTP/1.1 over TCP, every connection bounded in time.
//!
//! Poem's own server knows no time-out for a request's head, and spins when file handles run out.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use futures_util::FutureExt;
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
    signal::unix::{Signal, SignalKind, signal},
    time,
};
use tokio_io_timeout::TimeoutWriter;

use crate::config;

type App = Arc<BoxEndpoint<'static, Response>>;

/// How long to wait when no connection can be accepted: file handles come back when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until a signal; then lets requests under way finish, for as long as `drain` says or until a second one.
pub async fn run(
    listener: TcpListener,
    app: BoxEndpoint<'static, Response>,
    limits: &config::Server,
    mut stop: StopSignals,
) {
    let app = App::new(app);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.next() => break,
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
    tokio::select! {
        () = graceful.shutdown() => return,
        () = time::sleep(limits.drain) => {}
        () = stop.next() => {}
    }
    tracing::warn!("requests were still under way and are given up");
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
    // A client that does not read its answer is not waited for longer than an answer may take.
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(limits.request_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    // A connection that breaks off is the client's affair.
    tokio::spawn(graceful.watch(connection).map(drop));
}

/// SIGINT and SIGTERM, caught from the moment this is made.
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    pub fn catch() -> io::Result<Self> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
