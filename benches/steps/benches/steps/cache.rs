use std::{hint::black_box, time::Duration};

use better_auth_verifier::{Cached, Credential, Strategy};
use criterion::{BatchSize, Criterion};
use steps::{caller::Everybody, session::bearer};

use crate::runtime;

const CAPACITY: u64 = 100_000;
const REMEMBERED: u64 = 1000;

/// Looks for what is remembered, and remembers what is not. The strategy behind it decides at once.
pub fn hit_and_miss(criterion: &mut Criterion) {
    let runtime = runtime();
    let cached = Cached::new(Everybody, Duration::from_hours(1), CAPACITY);
    let known: Vec<_> = (0..REMEMBERED).map(|number| Credential::bearer(bearer(number))).collect();
    for credential in &known {
        runtime.block_on(cached.verify(credential)).expect("everybody");
    }
    let mut group = criterion.benchmark_group("cache");
    let mut next = known.iter().cycle();
    group.bench_function("hit", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || next.next().expect("there are some"),
            |credential| cached.verify(black_box(credential)),
            BatchSize::SmallInput,
        );
    });
    let (cached, mut number) = (&cached, REMEMBERED);
    group.bench_function("miss", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || {
                number += 1;
                Credential::bearer(bearer(number))
            },
            |credential| async move { cached.verify(black_box(&credential)).await },
            BatchSize::SmallInput,
        );
    });
}
