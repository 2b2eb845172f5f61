//! The binary's inside: a working OpenAPI backend protected by this library. Its API is the binary's own affair: no
//! promise of stability goes with it.

mod announcement;
mod api;
mod app;
mod chain;
mod cut_off_store;
mod demo;
mod hook;
mod middleware;
mod page;
mod readiness;
mod server;
mod stores;
mod telemetry;
mod todos;

use std::{io, net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow, bail};
use better_auth_verifier_migration::{Migrator, MigratorTrait};
use poem::EndpointExt;
use sea_orm::ConnectionTrait;
use secrecy::ExposeSecret;
use tokio::net::{TcpListener, TcpSocket};

use self::{api::Api, server::StopSignals};
pub use self::{demo::demo, telemetry::init as init_telemetry};
use crate::{
    config::{Config, missing_mode},
    database::{self, Access},
    strategy::Triggers,
};

/// A migration may wait longer for its connection than a request.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(30);
/// The database is there, or it is not.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(5);
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

/// Runs the service until it is told to stop (SIGINT, SIGTERM).
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
    // Boxed: the start-up's future is large.
    let app = tokio::select! {
        app = Box::pin(app::build(&config)) => app?,
        () = stop.next() => return Ok(()),
    };
    tracing::info!(address = %listener.local_addr()?, "listening");
    server::run(listener, app.boxed(), &config.server, stop).await;
    tracing::info!("stopped");
    Ok(())
}

/// Creates or updates the service's own tables.
///
/// # Errors
///
/// When the database cannot be reached or refuses.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    if !config.has_own_tables() {
        bail!(
            "todos.enabled = false and revocation.persist = false: without to-dos and cut-offs this service has no tables of \
             its own"
        );
    }
    let url = config.database.url.expose_secret();
    let database = database::open(url, Access::Write, MIGRATION_TIMEOUT).context("database.url")?;
    Migrator::up(&database, None).await.context("database.url: the tables could not be created")
}

/// The triggers by which PostgreSQL tells of revocations, for Better Auth's tables as they are called here.
///
/// # Errors
///
/// When the tables are not in a PostgreSQL.
pub fn revocation_triggers(config: &Config) -> anyhow::Result<Triggers> {
    let url = config.session_table.database_url.expose_secret();
    if !url.starts_with("postgres") {
        bail!(
            "session_table.database_url: only PostgreSQL has revocation triggers; SQLite, MySQL and MariaDB need none"
        );
    }
    if let (Some(mode), false) = (missing_mode(url), config.better_auth.allow_insecure) {
        bail!(
            "session_table.database_url: expected sslmode={mode} or stricter, or better_auth.allow_insecure = true"
        );
    }
    Ok(Triggers::new(&config.session_table.naming))
}

/// Installs or removes the triggers, and changes nothing else.
///
/// # Errors
///
/// When the database cannot be reached or the role does not own the tables.
pub async fn change_triggers(config: &Config, statements: &str) -> anyhow::Result<()> {
    let url = config.session_table.database_url.expose_secret();
    let database =
        database::open(url, Access::Write, TRIGGER_TIMEOUT).context("session_table.database_url")?;
    database.execute_unprepared(statements).await.map(|_| ()).map_err(|error| {
        anyhow!(
            "session_table.database_url: the triggers could not be changed (it takes a role that owns Better Auth's \
             tables): {}",
            database::message(&error)
        )
    })
}
