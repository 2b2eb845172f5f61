use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{heads::SMALL, seat::Seat};

/// What is read off after the last answer. nginx sends a body it has buffered to its end before it reads an answer.
const MAX_REST: usize = 32 * 1024 * 1024;

/// A client's bytes, as HTTP reads and writes them, and its seat as it learns of them.
pub struct Stream {
    tcp: TcpStream,
    seat: Arc<Seat>,
    /// How many bytes are still read off, once nothing more is written.
    rest: Option<usize>,
}

impl Stream {
    pub fn new(tcp: TcpStream, seat: Arc<Seat>) -> Self {
        Self { tcp, seat, rest: None }
    }

    /// Never many at once: HTTP would keep a buffer of that size, also for what is not asked for yet.
    fn poll_some(
        &mut self,
        context: &mut Context<'_>,
        most: usize,
        take: impl FnOnce(&[u8]),
    ) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); SMALL];
        let mut read = ReadBuf::uninit(&mut space[..most.min(SMALL)]);
        ready!(Pin::new(&mut self.tcp).poll_read(context, &mut read))?;
        take(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let most = into.remaining();
        let read = ready!(self.poll_some(context, most, |bytes| into.put_slice(bytes)))?;
        if read > 0 {
            self.seat.received(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write(context, bytes))?;
        self.seat.sent(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write_vectored(context, parts))?;
        self.seat.sent(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(context))?;
        self.seat.flushed();
        Poll::Ready(Ok(()))
    }

    /// Ends our side, then reads off what the client still sends (RFC 9112 section 9.6): bytes that meet a closed connection
    /// are answered with a reset, and that takes the answer away from a client or proxy that has not read it yet.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_none() {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(context))?;
            let may_be_sending = self.seat.part();
            self.rest = Some(if may_be_sending { MAX_REST } else { 0 });
        }
        while let Some(rest) = self.rest.filter(|rest| *rest > 0) {
            match ready!(self.poll_some(context, rest, |_| {})) {
                Ok(read @ 1..) => self.rest = Some(rest - read),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
