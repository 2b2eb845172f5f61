use std::{hint::black_box, time::Duration};

use better_auth_verifier::{AnyPolicy, Clock, Fresh, InRole, Policy, VerifiedEmail};
use criterion::Criterion;
use steps::caller::identity;

use crate::runtime;

/// Decides what a caller may do, as a profile of forward-auth asks.
pub fn each_kind(criterion: &mut Criterion) {
    let (runtime, identity, now) = (runtime(), identity(), Clock::System.now());
    let mut group = criterion.benchmark_group("policy");
    for policy in [
        AnyPolicy::new(VerifiedEmail),
        AnyPolicy::new(InRole::new("admin")),
        AnyPolicy::new(Fresh::within(Duration::from_hours(1))),
    ] {
        runtime.block_on(policy.decide(&identity, now)).expect("permitted");
        group.bench_function(policy.name(), |bencher| {
            bencher.to_async(&runtime).iter(|| policy.decide(black_box(&identity), now));
        });
    }
}
