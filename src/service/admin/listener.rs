use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Addr, Request,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};

use super::Admin;
use crate::app::lifecycle::Lifecycle;

/// Connections at once; others wait until one of these ends. They have file handles of those that clients' connections leave.
const MOST: usize = 32;
const MAX_HEAD: usize = 64 * 1024;
/// How long a connection lasts at most: an examination takes a minute, and its answer has to be read.
const LONGEST: Duration = Duration::from_secs(90);
/// How long to wait when no connection can be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves operators as long as the service runs. A connection without a whole head within `header_timeout` is closed.
pub async fn serve(listener: TcpListener, admin: Admin, header_timeout: Duration, lifecycle: Lifecycle) {
    let (admin, places) = (Arc::new(admin), Arc::new(Semaphore::new(MOST)));
    loop {
        // It is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let admin = admin.clone();
                lifecycle.spawn(async move {
                    serve_connection(stream, peer, admin, header_timeout).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "the system refused a new connection to server.admin_listen");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, admin: Arc<Admin>, header_timeout: Duration) {
    let Ok(local) = stream.local_addr() else { return };
    let service = service_fn(move |request| {
        let admin = admin.clone();
        async move {
            let (local, peer) = (LocalAddr(Addr::from(local)), RemoteAddr(Addr::from(peer)));
            let response = admin.answer(Request::from((request, local, peer, Scheme::HTTP))).await;
            Ok::<hyper::Response<_>, Infallible>(response.into())
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        // For one request: nobody without a token can hold a place for long.
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // One that breaks off, or whose answer nobody reads, is the operator's affair.
    let _ = time::timeout(LONGEST, connection).await;
}
