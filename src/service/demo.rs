//! Everything on embedded SQLite files, nothing else needed: Better Auth's tables with one user and one live session.
//!
//! The user is a whole one: a real Better Auth pointed at the same file, with the same secret, signs them in.

mod files;
mod guarded_api;
mod user;

use std::{
    io::{self, ErrorKind, Write},
    net::{Ipv4Addr, SocketAddr},
};

use anyhow::Context;
use better_auth_verifier_migration::better_auth;
use tokio::net::TcpListener;

use self::{files::Files, user::SignedIn};
use super::{init_telemetry, migrate::migrate, run};
use crate::{
    app::{own_tables::MIGRATION_TIMEOUT, private_files},
    database::{Access, Address},
};

const PORT: u16 = 8000;
/// Of the API that a proxy guards.
const GUARDED_PORT: u16 = 8080;

/// Prepares the demo's files and serves on loopback until a signal stops it.
///
/// Reads no configuration and no environment but where the user keeps caches. Started again it works again.
///
/// # Errors
///
/// When its files or a port cannot be had.
pub async fn demo() -> anyhow::Result<()> {
    let files = Files::open().context("the demo's files")?;
    let (listener, guarded) = (listen(PORT).await?, listen(GUARDED_PORT).await?);
    let config = files.configuration(listener.local_addr()?)?;
    init_telemetry(&config.log);
    migrate(&config).await?;
    let address = files.better_auth_url().parse::<Address>()?;
    private_files::create(&address).context("the demo's files")?;
    let database = address.open(Access::Write, MIGRATION_TIMEOUT);
    better_auth::create_tables(&database).await.context("Better Auth's tables")?;
    let signed_in = user::sign_in(&database, files.secret(), files.password()).await?;
    database.close().await?;
    let address = listener.local_addr()?;
    let introduction = introduction(&files, &signed_in, address, guarded.local_addr()?);
    io::stdout().write_all(introduction.as_bytes())?;
    tokio::select! {
        ended = run(config, Vec::new(), listener) => ended,
        failed = guarded_api::serve(guarded, address) => failed,
    }
}

/// This port, or any other where it is taken.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let any_port = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
        }
        listener => listener,
    };
    any_port.context("no port on 127.0.0.1 can be listened on")
}

fn introduction(files: &Files, signed_in: &SignedIn, address: SocketAddr, guarded: SocketAddr) -> String {
    let moved = moved(PORT, "the service", address) + &moved(GUARDED_PORT, "the guarded API", guarded);
    let bearer = &signed_in.bearer;
    // The line to paste comes last: nothing that a newcomer may skip stands below it.
    format!(
        "{moved}The demo runs until you press Ctrl-C.\n\n\
         Every route, to try out: http://{address}/docs\n\n\
         A real Better Auth can use the same tables:\n  \
         database  {}\n  \
         secret    in {}\n  \
         user      {}\n  \
         password  {}\n\n\
         An API in any language, behind a proxy that asks this service about each request:\n\n  \
         curl -i http://{guarded}/orders -H 'Authorization: Bearer {bearer}'\n\n\
         Who is calling? The service knows by the header: without it, or with one character changed, it answers 401. Paste this:\n\n  \
         curl -i http://{address}/api/me -H 'Authorization: Bearer {bearer}'\n\n",
        files.better_auth().display(),
        files.secret_file().display(),
        user::EMAIL,
        files.password(),
    )
}

/// Where something listens that was to listen on `port`, if it does not.
fn moved(port: u16, what: &str, address: SocketAddr) -> String {
    if address.port() == port {
        return String::new();
    }
    format!(
        "Another program has port {port}, so {what} is at {address}. To have it at {port}, end that program and start the demo \
         again.\n\n"
    )
}
