use std::{hint::black_box, time::Duration};

use better_auth_verifier::{AuthError, Authenticator, Cached, Carriers, Chain, Identity, Problem, Refusal};
use criterion::{BatchSize, Criterion};
use http::{Response, StatusCode, header::AUTHORIZATION};
use poem::{Endpoint, EndpointExt, Request, Route, get, handler};
use steps::{caller::Everybody, session::bearer};

use crate::runtime;

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "a handler owns what it extracts")]
fn me(identity: Identity) -> String {
    identity.user.id.clone()
}

/// Makes an answer of a failure; and the whole way of a remembered caller through a Poem app, without a network.
pub fn response(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("response");
    group.bench_function("refused", |bencher| {
        bencher.iter(|| Response::from(&Problem::from(black_box(AuthError::from(Refusal::BadSignature)))));
    });

    let chain = Chain::default().push(Cached::new(Everybody, Duration::from_hours(1), 100_000));
    let app = Route::new().at("/me", get(me)).data(Authenticator::new(Carriers::default(), chain));
    let authorization = format!("Bearer {}", bearer(1));
    let request = || Request::builder().uri_str("/me").header(AUTHORIZATION, &authorization).finish();
    let answer = runtime.block_on(app.get_response(request()));
    assert_eq!(answer.status(), StatusCode::OK);
    group.bench_function("Poem app, remembered caller", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            request,
            |request| app.get_response(request),
            BatchSize::SmallInput,
        );
    });
}
