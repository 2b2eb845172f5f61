//! How long each step of a request takes, one after the other: `cargo bench --package steps -- FILTER`.

mod answer;
mod cache;
mod credential;
mod limit;
mod policy;
mod signature;

use criterion::{criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

/// What futures are polled by; the benchmarks hold their own thread.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

criterion_group!(
    steps,
    credential::carriers,
    credential::form,
    credential::digest,
    signature::each_algorithm,
    cache::hit_and_miss,
    limit::limiter,
    policy::each_kind,
    answer::response
);
criterion_main!(steps);
