use std::{hint::black_box, time::Duration};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use better_auth_verifier::{Carriers, Credential, Secrets, SharedSecret, Strategy, User};
use criterion::Criterion;
use http::{Method, header::COOKIE};
use steps::{
    headers,
    jwt::{ALGORITHMS, Vector},
    session,
};

use crate::runtime;

/// Verifies a token from its text to an identity, nothing remembered; and the bare primitive beside it.
pub fn each_algorithm(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("signature");
    for algorithm in ALGORITHMS {
        let vector = Vector::of(algorithm);
        let (strategy, credential) = (vector.strategy(), Credential::bearer(vector.token()));
        runtime.block_on(strategy.verify(&credential)).expect("a good token");
        group.bench_function(algorithm, |bencher| {
            bencher.to_async(&runtime).iter(|| strategy.verify(black_box(&credential)));
        });
    }

    let shared = SharedSecret::new("a secret of at least thirty-two bytes").expect("long enough");
    let refresh = shared.refresh_token(&User::new("ann"), Duration::from_hours(24));
    let access = shared.exchange(&refresh, Duration::from_hours(24)).expect("a good refresh token");
    let credential = Credential::bearer(access);
    runtime.block_on(shared.verify(&credential)).expect("a good token");
    group.bench_function("HS256", |bencher| {
        bencher.to_async(&runtime).iter(|| shared.verify(black_box(&credential)));
    });

    // Of two session cookies the signed one is taken: two signatures, and the reading around them.
    let carriers = Carriers::new([session::COOKIE]).with_secrets(Secrets::new(session::SECRET));
    let [one, other] = [1, 2].map(session::cookie_value);
    let both = headers([(COOKIE, &format!("{0}={one}x; {0}={other}", session::COOKIE))]);
    group.bench_function("session cookie, one of two", |bencher| {
        bencher.iter(|| carriers.read(&Method::GET, black_box(&both)).expect("one is signed"));
    });

    let vector = Vector::of("EdDSA");
    let (message, signature) = vector.token().rsplit_once('.').expect("three parts");
    let [key, signature] =
        [vector.x(), signature].map(|text| BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64"));
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(message.as_bytes(), &signature).expect("a good signature");
    group.bench_function("bare EdDSA of aws-lc", |bencher| {
        bencher.iter(|| key.verify(black_box(message.as_bytes()), &signature));
    });
}
