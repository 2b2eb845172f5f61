//! Every version of Better Auth on every store, with every credential, asked by every strategy.
//!
//! `cargo test` asks a part of it. `tests/matrix/run` asks all, and writes `RESULTS.md`; `tests/matrix/canary` asks the
//! newest Better Auth that can be installed.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod cell;
mod credential;
mod deployment;
mod form;
#[path = "../e2e"]
#[expect(dead_code, reason = "much of it is for the end-to-end tests alone")]
mod e2e {
    pub mod parts;
}
mod store;
mod strategy;
mod table;
mod version;

use std::{env, fs};

use self::{
    cell::{Cell, ask},
    e2e::parts,
    store::Store,
    table::Table,
    version::{OLDEST, PINNED, Version},
};

/// The environment variable that says where the table is written to.
const RESULTS: &str = "MATRIX_RESULTS";

async fn ask_all(questions: impl IntoIterator<Item = (Version, Store)>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (version, store) in questions {
        let begin = std::time::Instant::now();
        let found = ask(&version, store).await;
        let green = found.iter().filter(|cell| cell.is_green()).count();
        println!(
            "{} on {}: {green} of {} in {:?}",
            version.number(),
            store.name(),
            found.len(),
            begin.elapsed()
        );
        cells.extend(found);
    }
    cells
}

#[track_caller]
fn all_green(cells: &[Cell]) {
    let wrong: Vec<_> = cells.iter().filter(|cell| !cell.is_green()).map(table::line).collect();
    assert!(wrong.is_empty(), "{} of {} cells differ:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    assert!(!cells.is_empty());
}

fn every_store(version: &Version) -> Vec<(Version, Store)> {
    let knows = |store: &Store| *store != Store::Nowhere || version.minor() >= 4;
    Store::ALL.into_iter().filter(knows).map(|store| (version.clone(), store)).collect()
}

fn oldest() -> (Version, Store) {
    (Version::pinned(OLDEST), Store::Postgres)
}

/// The oldest tables, the main version on every store, the others on SQLite.
#[tokio::test]
async fn the_core() {
    let (main, others) = PINNED.split_last().expect("versions");
    let others = others.iter().map(|number| (Version::pinned(number), Store::Sqlite));
    let asked = [oldest()].into_iter().chain(others).chain(every_store(&Version::pinned(main)));
    all_green(&ask_all(asked).await);
}

#[tokio::test]
#[ignore = "takes minutes: tests/matrix/run"]
async fn the_whole() {
    let (newest, tried) = Version::newest();
    let mut versions = PINNED.map(Version::pinned).to_vec();
    let (oldest, store) = oldest();
    if !PINNED.contains(&newest.number()) {
        versions.push(newest.clone());
    }
    let asked = [(oldest.clone(), store)].into_iter().chain(versions.iter().flat_map(every_store));
    let cells = ask_all(asked).await;
    versions.insert(0, oldest);
    all_green(&cells);
    if let Some(path) = env::var_os(RESULTS) {
        let table = Table { versions: &versions, newest: &newest, tried: &tried, cells: &cells };
        fs::write(path, table.to_string()).expect("the results");
    }
}

#[tokio::test]
#[ignore = "installs what is newest: tests/matrix/canary"]
async fn the_newest() {
    let (newest, tried) = Version::newest();
    for reason in tried {
        println!("cannot be installed: {reason}");
    }
    println!("the newest that can be installed: {}", newest.number());
    all_green(&ask_all(every_store(&newest)).await);
}
