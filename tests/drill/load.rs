//! Requests at a constant rate, whatever has become of those before. Latencies count from the instant when a request
//! was due: a service that stalls cannot hide it by keeping the next one from being asked.

use std::{
    io::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until, timeout},
};

use super::connection::Connection;
use crate::parts::service::Service;

/// Who has no answer by then gets none: longer than the service takes for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// The status of what was not answered at all.
pub const UNANSWERED: u16 = 0;

/// One request, and what became of it. `label` says which credential it was.
#[derive(Clone, Copy, Debug)]
pub struct Asked<L> {
    pub label: L,
    pub due: Instant,
    pub latency: Duration,
    pub status: u16,
}

/// See the module.
pub struct Load<L> {
    stop: oneshot::Sender<()>,
    sending: JoinHandle<Vec<Asked<L>>>,
}

impl<L: Copy + Send + 'static> Load<L> {
    /// Asks the service what comes `next`, so many times a second.
    pub fn start(
        service: &Service,
        rate: u32,
        mut next: impl FnMut() -> (L, Arc<str>) + Send + 'static,
    ) -> Self {
        let line = Arc::new(Line { url: service.url().to_owned(), idle: Mutex::default() });
        let (stop, mut stopped) = oneshot::channel();
        let sending = tokio::spawn(async move {
            let mut asked = JoinSet::new();
            let mut due = Instant::now();
            while stopped.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
                sleep_until(due).await;
                let ((label, request), line) = (next(), line.clone());
                asked.spawn(async move {
                    let status = timeout(PATIENCE, line.ask(&request)).await;
                    let status = status.unwrap_or(Ok(UNANSWERED)).unwrap_or(UNANSWERED);
                    Asked { label, due, latency: due.elapsed(), status }
                });
                due += Duration::from_secs(1) / rate;
            }
            asked.join_all().await
        });
        Self { stop, sending }
    }

    /// All that was asked, in the order it was due.
    pub async fn stop(self) -> Vec<Asked<L>> {
        self.stop.send(()).expect("a load that goes on");
        let mut asked = self.sending.await.expect("a load that goes on");
        asked.sort_by_key(|asked| asked.due);
        asked
    }
}

/// The way to the service: connections are kept and used again.
struct Line {
    url: String,
    idle: Mutex<Vec<Connection>>,
}

impl Line {
    async fn ask(&self, request: &str) -> Result<u16, Error> {
        let kept = self.idle().pop();
        if let Some(mut connection) = kept
            // The service may just have ended one that was kept for long: that is no answer.
            && let Ok(status) = connection.ask(request).await
        {
            self.idle().push(connection);
            return Ok(status);
        }
        let mut connection = Connection::open(&self.url).await?;
        let status = connection.ask(request).await?;
        self.idle().push(connection);
        Ok(status)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().expect("unpoisoned")
    }
}
