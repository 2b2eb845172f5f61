//! Answers every request with the same text: the floor that the service is measured against.
//!
//! ```text
//! hello poem|hyper LISTEN PATH=BYTES…
//! ```
//!
//! Answers GET PATH with so many bytes, until the process is killed.

mod bare_hyper;
mod bare_poem;

use std::{collections::HashMap, env};

use anyhow::{Context, bail};
use tokio::{net::TcpListener, runtime::Builder};

/// The service's own; the floor must not stand lower for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: hello poem|hyper LISTEN PATH=BYTES…";

/// What each path is answered with.
type Answers = HashMap<String, &'static str>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [server, listen, paths @ ..] = arguments.as_slice() else { bail!(USAGE) };
    let answers: Answers = paths.iter().map(|path| answer(path)).collect::<anyhow::Result<_>>()?;
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
        eprintln!("listening on {}", listener.local_addr()?);
        match server.as_str() {
            "poem" => bare_poem::serve(listener, answers).await,
            "hyper" => bare_hyper::serve(listener, answers).await,
            other => bail!("{other} is no server; {USAGE}"),
        }
    })
}

fn answer(argument: &str) -> anyhow::Result<(String, &'static str)> {
    let (path, bytes) = argument.split_once('=').with_context(|| format!("{argument}: {USAGE}"))?;
    let bytes = bytes.parse().with_context(|| format!("{argument}: {USAGE}"))?;
    Ok((path.to_owned(), "Hello, World! ".repeat(bytes / 14 + 1)[..bytes].to_owned().leak()))
}
