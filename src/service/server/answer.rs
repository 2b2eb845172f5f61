use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};

use super::seat::Seat;

/// An answer's body, which tells its connection when nothing of it is still to come.
pub struct Answer<B> {
    body: B,
    seat: Arc<Seat>,
}

impl<B: Body> Answer<B> {
    /// One whose writing begins now.
    pub fn begin(body: B, seat: Arc<Seat>) -> Self {
        // All of ours are of known size.
        seat.answer(body.size_hint().lower());
        Self { body, seat }
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.seat.made();
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
