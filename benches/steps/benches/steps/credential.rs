use std::hint::black_box;

use better_auth_verifier::{Carriers, Credential, Secrets};
use criterion::Criterion;
use http::{
    Method,
    header::{AUTHORIZATION, COOKIE},
};
use steps::{
    headers,
    jwt::Vector,
    session::{self, bearer, cookie_value},
};

/// Finds the credential in the headers, which reads its form, too.
pub fn carriers(criterion: &mut Criterion) {
    let carriers = Carriers::new([session::COOKIE]).with_secrets(Secrets::new(session::SECRET));
    let cookie = format!("{}={}", session::COOKIE, cookie_value(1));
    let among_others = format!("theme=dark; _ga=GA1.2.1234567890.1700000000; locale=en-GB; {cookie}; seen=1");
    let mut group = criterion.benchmark_group("carriers");
    for (name, headers) in [
        ("none", headers([])),
        ("bearer", headers([(AUTHORIZATION, &format!("Bearer {}", bearer(1)))])),
        ("JWT", headers([(AUTHORIZATION, &format!("Bearer {}", Vector::of("EdDSA").token()))])),
        ("cookie", headers([(COOKIE, &cookie)])),
        ("cookie among others", headers([(COOKIE, &among_others)])),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| carriers.read(&Method::GET, black_box(&headers)).expect("readable"));
        });
    }
}

/// Reads what a token looks like.
pub fn form(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("form");
    for (name, token) in tokens() {
        group.bench_function(name, |bencher| bencher.iter(|| Credential::bearer(black_box(&*token))));
    }
}

/// Makes the key under which a verdict is remembered.
pub fn digest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest");
    for (name, token) in tokens() {
        let credential = Credential::bearer(token);
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&credential).digest("session_table")));
    }
}

fn tokens() -> [(&'static str, String); 3] {
    [
        ("session token", bearer(1)),
        ("JWT", Vector::of("EdDSA").token().to_owned()),
        ("garbage", "garbage".to_owned()),
    ]
}
