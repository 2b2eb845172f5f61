use std::{sync::Arc, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use super::Admin;
use crate::{
    TrustedProxies,
    app::lifecycle::Lifecycle,
    service::server::{Bounds, Capacity, Connection, Door, OPERATORS, Reports, accept},
};

/// Connections at once. They have file handles of those that clients' connections leave.
const MOST: usize = 32;
/// A browser opens six at most.
const PER_CLIENT: usize = 8;
/// How long a request lasts at most: an examination takes a minute.
const LONGEST: Duration = Duration::from_secs(90);

/// Serves operators as long as the service runs. A connection without a whole head within `header_timeout` is closed, or as
/// soon as another needs its place.
pub async fn serve(listener: TcpListener, admin: Admin, header_timeout: Duration, lifecycle: Lifecycle) {
    let is_local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    // All who come by one tunnel have the address of its end.
    let capacity = Capacity { total: MOST, per_client: if is_local { MOST } else { PER_CLIENT } };
    let bounds = Bounds::new(header_timeout, LONGEST);
    let reports = Reports::new(OPERATORS, &lifecycle);
    let door = Arc::new(Door::new(capacity, bounds, TrustedProxies::default(), reports));
    // They end with the service, which waits for none of them.
    let (admin, unstopped) = (Arc::new(admin), GracefulShutdown::new());
    let connected = |connection: Connection| {
        lifecycle.spawn(connection.serve(admin.clone(), unstopped.watcher()));
    };
    accept(&listener, &door, connected).await;
}
