//! The accept loop: HTTP/1.1 over TCP, every connection bounded in number, time and memory.
//!
//! Poem's own server knows no time-out for a request's head, and spins when file handles run out.

mod answer;
mod arrival;
mod capacity;
mod connection;
mod door;
mod heads;
mod lines;
mod phase;
mod report;
mod reports;
mod seat;
mod stop_signals;
mod stream;

use std::{io, sync::Arc, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpListener,
    task,
    time::{self, Instant},
};

pub use self::{
    arrival::Arrival,
    capacity::Capacity,
    connection::{App, Connection},
    door::{Bounds, Door, Occupancy},
    reports::{CLIENTS, OPERATORS, Reports},
    stop_signals::StopSignals,
};
use crate::app::lifecycle::Lifecycle;

/// What has to be kept is kept within this, also after a drain that was too short.
const FINISH: Duration = Duration::from_secs(2);
/// How long to wait when no connection can be accepted: file handles come back when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that may fail one after the other before the next is waited for: whatever else is wrong must not spin.
const FAILURES_AT_ONCE: usize = 64;

/// Serves until a signal; then lets requests under way finish and ends all other tasks, for as long as `drain` says or until
/// a second one.
pub async fn run(
    listener: TcpListener,
    app: impl App,
    door: Arc<Door>,
    drain: Duration,
    mut stop: StopSignals,
    lifecycle: &Lifecycle,
) {
    let app = Arc::new(app);
    let graceful = GracefulShutdown::new();
    let connected = |connection: Connection| {
        lifecycle.track(connection.serve(app.clone(), graceful.watcher()));
    };
    tokio::select! {
        () = accept(&listener, &door, connected) => {}
        () = stop.next() => {}
    }
    drop(listener);
    tracing::info!(?drain, "stopping");
    let deadline = Instant::now() + drain;
    let is_drained = tokio::select! {
        () = graceful.shutdown() => true,
        () = time::sleep_until(deadline) => false,
        () = stop.next() => false,
    };
    if !is_drained {
        tracing::warn!("requests were still under way and are given up");
    }
    let last = deadline.max(Instant::now() + FINISH);
    let ended = async { if is_drained { lifecycle.end(last).await } else { lifecycle.finish(last).await } };
    tokio::select! {
        has_ended = ended => {
            if !has_ended {
                tracing::warn!("tasks in the background were still under way and are given up");
            }
        }
        () = stop.next() => {}
    }
}

/// Lets connections in by the door, for ever, and hands each over.
pub async fn accept(listener: &TcpListener, door: &Arc<Door>, connected: impl Fn(Connection)) {
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failures = 0;
                if let Some(connection) = Connection::admit(stream, door) {
                    connected(connection);
                }
            }
            // Of this connection alone, such as one that is gone again: the next may be well.
            Err(error) if !is_exhaustion(&error) => {
                failures += 1;
                if failures % FAILURES_AT_ONCE == 0 {
                    door.reports.failing(&error);
                    time::sleep(ACCEPT_PAUSE).await;
                }
            }
            Err(error) => {
                door.reports.not_accepted(&error);
                door.spare_one();
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while door.is_clearing() {
            task::yield_now().await;
        }
    }
}

/// Whether the system has no handle or memory for another connection: one that ends gives it back.
fn is_exhaustion(error: &io::Error) -> bool {
    let exhausted = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| exhausted.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r5_only_a_lack_of_handles_or_memory_costs_an_idle_connection() {
        for code in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
            assert!(is_exhaustion(&io::Error::from_raw_os_error(code)), "{code}");
        }
        for code in [libc::ECONNABORTED, libc::EPROTO, libc::ENETDOWN, libc::EPERM, libc::EINTR] {
            assert!(!is_exhaustion(&io::Error::from_raw_os_error(code)), "{code}");
        }
    }
}
