use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};

use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::server::graceful::Watcher;
use poem::{
    Addr, Request, Response,
    http::{HeaderValue, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{net::TcpStream, time};

use super::{answer::Answer, arrival::Arrival, door::Door, seat::Seat, stream::Stream};
use crate::TrustedProxies;

/// The contract's. A larger head is answered with 431 by hyper itself.
const MAX_HEAD: usize = 64 * 1024;

/// What answers the requests of a listener.
pub trait App: Send + Sync + 'static {
    /// Answers a request that arrived so, whatever becomes of it.
    fn answer(&self, request: Request, arrival: Arrival) -> impl Future<Output = Response> + Send;
}

/// One HTTP/1.1 connection.
pub struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    seat: Arc<Seat>,
}

/// Leaves when its connection ends, however that happens.
struct Occupied(Arc<Seat>);

impl Drop for Occupied {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Connection {
    /// One that the door lets in; nothing where it does not.
    pub fn admit(stream: TcpStream, door: &Arc<Door>) -> Option<Self> {
        let (peer, local) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
        let seat = door.admit(peer.ip())?;
        Some(Self { stream, peer, local, seat })
    }

    /// Serves it to its end: that of the client, of a bound, or of the service, which `stop` tells.
    pub async fn serve(self, app: Arc<impl App>, stop: Watcher) {
        let Self { stream, peer, local, seat } = self;
        // Small answers should not wait for more.
        let _ = stream.set_nodelay(true);
        // Dropped last: when it has left, the file handle is free.
        let occupied = Occupied(seat.clone());
        let of_requests = seat.clone();
        let service =
            service_fn(move |request| answer(app.clone(), of_requests.clone(), (local, peer), request));
        let connection = http1::Builder::new()
            // The seat's deadline knows more.
            .header_read_timeout(None)
            // Answers are small: one buffer costs less than a list of them.
            .writev(false)
            .max_buf_size(MAX_HEAD)
            .serve_connection(Stream::new(stream, seat), service);
        let seat = &occupied.0;
        let mut armed = seat.deadline();
        let (mut connection, mut alarm) = (pin!(stop.watch(connection)), pin!(time::sleep_until(armed)));
        poll_fn(|context| {
            seat.listen(context.waker());
            // A connection that breaks off is the client's affair.
            if seat.is_shut() || connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            let mut deadline = seat.deadline();
            // What is later is noticed when the alarm goes off: most requests touch no timer.
            let mut is_early = deadline < armed;
            while is_early || alarm.as_mut().poll(context).is_ready() {
                if deadline <= time::Instant::now() {
                    seat.late();
                    return Poll::Ready(());
                }
                alarm.as_mut().reset(deadline);
                (armed, is_early) = (deadline, false);
                deadline = seat.deadline();
            }
            Poll::Pending
        })
        .await;
    }
}

async fn answer(
    app: Arc<impl App>,
    seat: Arc<Seat>,
    (local, peer): (SocketAddr, SocketAddr),
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<impl Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>>>
{
    let arrival = seat.begin(!request.body().is_end_stream());
    // Given up for another connection in this very moment: nothing of it is done.
    let arrival = arrival.ok_or(io::ErrorKind::ConnectionAborted)?;
    if seat.is_first() && request.headers().contains_key(TrustedProxies::HEADER) {
        seat.forwards.store(true, Ordering::Relaxed);
    }
    let (local, peer) = (LocalAddr(Addr::from(local)), RemoteAddr(Addr::from(peer)));
    let mut request = Request::from((request, local, peer, Scheme::HTTP));
    request.extensions_mut().insert(seat.verified.clone());
    let mut response: hyper::Response<_> = app.answer(request, arrival).await.into();
    if seat.is_old() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Answer::begin(body, seat)))
}
