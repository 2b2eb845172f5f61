//! The binary's inside: a working OpenAPI backend protected by this library. Its API is the binary's own affair: no
//! promise of stability goes with it.

mod admin;
mod api;
mod app;
mod assertion;
mod current_request;
mod demo;
mod docs;
pub mod doctor;
mod explain;
mod forward_auth;
mod lasting;
mod metrics;
mod middleware;
mod migrate;
mod page_budget;
mod parts;
mod routes;
mod server;
mod static_file;
mod stores;
mod telemetry;
mod todos;
mod verdicts;

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::Context;
use tokio::{
    net::{TcpListener, TcpSocket},
    time::Instant,
};

use self::{
    admin::{Admin, Desk},
    api::Api,
    lasting::Lasting,
    middleware::Stack,
    parts::Parts,
    server::{Bounds, CLIENTS, Capacity, Door, Reports, StopSignals},
};
pub use self::{
    assertion::{rotate_keys, withdraw_keys},
    demo::demo,
    explain::{Form as ExplanationForm, explain},
    migrate::{TriggerChange, change_triggers, migrate, revocation_triggers},
    telemetry::init as init_telemetry,
};
use crate::{
    app::lifecycle::Lifecycle,
    config::{Config, Warning},
};

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

/// Runs the service until a signal stops it (SIGINT, SIGTERM). Operators see among the findings of `doctor` what reading the
/// configuration warned of.
///
/// # Errors
///
/// A start-up fault: a database that lacks its tables, an address that cannot be listened on.
pub async fn serve(config: Config, warnings: Vec<Warning>) -> anyhow::Result<()> {
    let listener = listen(&config)?;
    run(config, warnings, listener).await
}

fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    listen_on("server.listen", config.server.listen)
}

/// `key` is what says so.
fn listen_on(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    bind(address).with_context(|| format!("{key}: cannot listen on {address} (is it in use?)"))
}

/// Connections that arrive at once wait for their turn; those that find no room try again after a whole second.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn run(config: Config, warnings: Vec<Warning>, listener: TcpListener) -> anyhow::Result<()> {
    let mut stop = StopSignals::catch()?;
    let of_admin =
        config.admin.as_ref().map(|admin| listen_on("server.admin_listen", admin.listen)).transpose()?;
    let capacity = Capacity::secure(&config.server);
    let lifecycle = Lifecycle::default();
    let bounds = Bounds::new(config.server.header_timeout, config.server.request_timeout);
    let reports = Reports::new(CLIENTS, &lifecycle);
    let door = Arc::new(Door::new(capacity, bounds, config.server.proxies(), reports));
    // Boxed: the start-up's future is large.
    let (app, admin) = tokio::select! {
        started = Box::pin(start(&config, warnings, &door, &lifecycle)) => started?,
        () = stop.next() => {
            lifecycle.end(Instant::now() + config.server.drain).await;
            return Ok(());
        }
    };
    let (address, Capacity { total, per_client }) = (listener.local_addr()?, capacity);
    tracing::info!(%address, max_connections = total, max_connections_per_client = per_client, "listening");
    if let (Some(listener), Some(admin)) = (of_admin, admin) {
        let address = listener.local_addr()?;
        tracing::info!(%address, "metrics and the operators' page: http://{address}/");
        lifecycle.spawn(admin::serve(listener, admin, config.server.header_timeout, lifecycle.clone()));
    }
    server::run(listener, app, door, config.server.drain, stop, &lifecycle).await;
    tracing::info!("stopped");
    Ok(())
}

/// What answers clients, and what answers operators, if they have a listener.
async fn start(
    config: &Config,
    warnings: Vec<Warning>,
    door: &Arc<Door>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<(Stack, Option<Admin>)> {
    let parts = Parts::build(config, Lasting::default(), lifecycle).await?;
    let watch = parts.start(lifecycle).await;
    if config.doctor.at_start {
        // Boxed: what it awaits is deep and large.
        parts.app.lifecycle.spawn(Box::pin(doctor::at_start(config.clone())));
    }
    let admin = config.admin.as_ref().map(|admin| {
        let desk = Desk::new(config, warnings, &parts);
        Admin::new(admin, &parts, watch.clone(), door.clone(), desk)
    });
    Ok((app::build(config, &parts, watch), admin))
}
