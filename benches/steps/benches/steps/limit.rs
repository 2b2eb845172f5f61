use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    time::Duration,
};

use better_auth_verifier::Limiter;
use criterion::Criterion;

/// Counts a request of a client, with no limit that strikes.
pub fn limiter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limiter");
    for (name, clients) in [("1 client", 1), ("10,000 clients", 10_000)] {
        let limiter = Limiter::new("client", NonZeroU32::MAX, Duration::from_secs(1));
        let addresses: Vec<IpAddr> = (0..clients).map(|number| Ipv4Addr::from_bits(number).into()).collect();
        let mut next = addresses.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| limiter.acquire(black_box(next.next().expect("there are some"))));
        });
    }
}
