//! Counts the instructions that a request costs. See `run`.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod callgrind;
mod hello;
mod key_set;
mod load;

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../../tests/service/parts/auth.rs"]
mod auth;
#[path = "../../../tests/service/parts/signer.rs"]
mod signer;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono::Utc;
use tempfile::TempDir;

use self::{callgrind::Server, load::Load, signer::Signer};

/// The service's own; the floor must not stand lower for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELLO: &str = "hello";

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let first = arguments.next().context("start me with `run`")?;
    if first == HELLO {
        return Ok(hello::serve()?);
    }
    let requests = arguments.next().context("the number of requests")?.parse()?;
    measure(&PathBuf::from(first), requests)
}

fn measure(profiles: &Path, requests: usize) -> anyhow::Result<()> {
    let myself = env::current_exe()?;
    let service = myself.with_file_name("better-auth-verifier");
    let signer = Signer::new();
    let issuer = key_set::serve(&signer)?;
    let token = signer.token(&issuer, "ann", Utc::now().timestamp());
    let sessions = folder("session_table", &issuer)?;
    let tokens = folder("jwt", &issuer)?;
    let me =
        |authorization: String, status| Load { authorization: Some(authorization), path: "/api/me", status };
    let hello = Load { authorization: None, path: "/", status: 200 };

    println!("instructions of one request, in thousands");
    for (name, program, argument, folder, load) in [
        ("bare Poem hello", &myself, HELLO, &sessions, hello),
        ("cached session", &service, "serve", &sessions, me(auth::bearer(auth::ANN), 200)),
        ("cached JWT", &service, "serve", &tokens, me(format!("Bearer {token}"), 200)),
        ("garbage refused", &service, "serve", &sessions, me("Bearer garbage".to_owned(), 401)),
    ] {
        let server = Server { program: program.clone(), argument, folder: folder.path(), profiles, name };
        let hundreds = server.cost(&load, requests)? / 100;
        println!("{name:16} {:5}.{}", hundreds / 10, hundreds % 10);
    }
    Ok(())
}

/// One with what the service needs for this strategy: limits that count and do not strike, and a cache that outlives the
/// measurement.
fn folder(strategy: &str, issuer: &str) -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    auth::create_databases(folder.path());
    let quota = "{ requests = 1000000, window = '1s' }";
    let config = format!(
        "strategies = ['{strategy}']
         server.listen = '127.0.0.1:0'
         better_auth.url = '{issuer}'
         better_auth.secret = '{}'
         session_table.database_url = 'sqlite://auth.db'
         session_table.cache.max_age = '1h'
         database.url = 'sqlite://todos.db'
         rate_limit = {{ client = {quota}, user = {quota}, failed = {quota} }}
         log = {{ level = 'info', format = 'json' }}
        ",
        auth::SECRET
    );
    fs::write(folder.path().join("config.toml"), config)?;
    Ok(folder)
}
