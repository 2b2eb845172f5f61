//! The binary's inside: a working OpenAPI backend protected by this library. Its API is the binary's own affair: no
//! promise of stability goes with it.

mod announcement;
mod api;
mod app;
mod assertion;
mod current_request;
mod cut_off_keeper;
mod cut_off_store;
mod database_answer;
mod demo;
mod docs;
pub mod doctor;
mod explain;
mod forward_auth;
mod hook;
mod ids;
mod lasting;
mod lifecycle;
mod middleware;
mod migrate;
mod own_tables;
mod page_budget;
mod parts;
mod private_files;
mod readiness;
mod routes;
mod server;
mod static_file;
mod stores;
mod telemetry;
mod todos;

use std::{io, net::SocketAddr};

use anyhow::Context;
use tokio::{
    net::{TcpListener, TcpSocket},
    time::Instant,
};

use self::{
    api::Api,
    lasting::Lasting,
    lifecycle::Lifecycle,
    middleware::Stack,
    parts::Parts,
    server::{Capacity, StopSignals},
};
pub use self::{
    assertion::{rotate_keys, withdraw_keys},
    demo::demo,
    explain::{Form as ExplanationForm, explain},
    migrate::{TriggerChange, change_triggers, migrate, revocation_triggers},
    telemetry::init as init_telemetry,
};
use crate::config::Config;

const BACKLOG: u32 = 4096;

/// The OpenAPI document, as it is committed.
#[must_use]
pub fn openapi_json() -> String {
    Api::contract().json()
}

/// The OpenAPI document as YAML.
#[must_use]
pub fn openapi_yaml() -> String {
    Api::contract().yaml()
}

/// Runs the service until a signal stops it (SIGINT, SIGTERM).
///
/// # Errors
///
/// A start-up fault: a database that lacks its tables, an address that cannot be listened on.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = listen(&config)?;
    run(config, listener).await
}

fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    bind(address).with_context(|| format!("server.listen: cannot listen on {address} (is it in use?)"))
}

/// Connections that arrive at once wait for their turn; those that find no room try again after a whole second.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn run(config: Config, listener: TcpListener) -> anyhow::Result<()> {
    let mut stop = StopSignals::catch()?;
    let capacity = Capacity::secure(&config.server);
    let lifecycle = Lifecycle::default();
    // Boxed: the start-up's future is large.
    let app = tokio::select! {
        app = Box::pin(start(&config, &lifecycle)) => app?,
        () = stop.next() => {
            lifecycle.end(Instant::now() + config.server.drain).await;
            return Ok(());
        }
    };
    let (address, Capacity { total, per_client }) = (listener.local_addr()?, capacity);
    tracing::info!(%address, max_connections = total, max_connections_per_client = per_client, "listening");
    server::run(listener, app, capacity, &config.server, stop, &lifecycle).await;
    tracing::info!("stopped");
    Ok(())
}

async fn start(config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<Stack> {
    let parts = Parts::build(config, Lasting::default(), lifecycle).await?;
    let watch = parts.start(lifecycle).await;
    if config.doctor.at_start {
        // Boxed: what it awaits is deep and large.
        parts.lifecycle.spawn(Box::pin(doctor::at_start(config.clone())));
    }
    Ok(app::build(config, &parts, watch))
}
