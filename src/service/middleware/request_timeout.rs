use std::time::Duration;

use poem::Request;
use tokio::time::timeout_at;

use crate::{
    problem::{Kind, Problem},
    service::server::Arrival,
};

/// Gives up a request that is not answered in time, counted from its first byte: 408 while its body is being waited for, else 503.
pub struct RequestTimeout(pub Duration);

/// When one request is late.
pub struct Deadline {
    arrival: Arrival,
    limit: Duration,
}

impl RequestTimeout {
    /// The deadline of a request, whose body says from now on whether somebody waits for more of it.
    pub fn begin(&self, request: &mut Request, arrival: Arrival) -> Deadline {
        arrival.watch_body(request);
        Deadline { arrival, limit: self.0 }
    }
}

impl Deadline {
    /// What becomes of the request by then.
    pub async fn bound<T>(self, work: impl Future<Output = T>) -> Result<T, Problem> {
        let Self { arrival, limit } = self;
        match timeout_at(arrival.began + limit, work).await {
            Ok(outcome) => Ok(outcome),
            Err(_) if arrival.is_body_awaited() => Err(Problem::new(Kind::RequestTimeout)),
            Err(_) => {
                tracing::warn!(
                    "no answer within server.request_timeout ({limit:?}), so the client gets 503. Earlier lines of this request \
                     name the store that is slow"
                );
                Err(Problem::new(Kind::Unavailable))
            }
        }
    }
}
