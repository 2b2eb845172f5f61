//! Better Auth signs with a new key every now and then. Nobody who holds a token notices; while somebody floods the
//! service with keys that nobody has, new tokens wait for one cool-down at most.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    connection,
    crowd::crowd,
    figures::{Figures, Statuses},
    forged,
    load::Load,
};
use crate::parts::{
    better_auth::BetterAuth, database::Database, presented::Presented, service::Service, settings::Settings,
    signed_in::SignedIn,
};

const RATE: u32 = 200;
const FLOOD: u32 = 500;
/// At most one fetch for unknown keys in that time; the default.
const COOLDOWN: Duration = Duration::from_secs(10);
/// So long a key signs.
const ROTATION: Duration = Duration::from_secs(15);
/// After the first.
const KEYS: usize = 3;
/// A fetch, and what a busy machine needs.
const SLACK: Duration = Duration::from_secs(1);

/// A key of Better Auth's, when it was first seen, and the first and the newest token that it signed.
struct Key {
    id: String,
    born: Instant,
    tokens: [String; 2],
}

fn key_of(jwt: &str) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').next().expect("a header")).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key id").to_owned()
}

/// Keeps tokens coming, and notes those of each key.
async fn mint(better_auth: &BetterAuth, session: &SignedIn, keys: &Mutex<Vec<Key>>) {
    let token = better_auth.jwt(session).await;
    let id = key_of(&token);
    let mut keys = keys.lock().expect("unpoisoned");
    match keys.last_mut().filter(|key| key.id == id) {
        Some(key) => key.tokens[1] = token,
        None => keys.push(Key { id, born: Instant::now(), tokens: [token.clone(), token] }),
    }
}

/// Every token in turn, by the number of its key.
fn load(service: &Service, keys: &Arc<Mutex<Vec<Key>>>) -> Load<usize> {
    let (keys, mut number) = (keys.clone(), 0);
    Load::start(service, RATE, move || {
        number += 1;
        let keys = keys.lock().expect("unpoisoned");
        let at = number / 2 % keys.len();
        let token = keys[at].tokens[number % 2].clone();
        (at, connection::me(&Presented::Bearer(token)).into())
    })
}

fn flood(service: &Service, token: String) -> Load<()> {
    let mut number = 0;
    Load::start(service, FLOOD, move || {
        number += 1;
        ((), connection::me(&forged::jwt_of_unknown_key(&token, number)).into())
    })
}

/// Until there are some [`KEYS`] more; tokens of a new key are good again within `bound`.
async fn rotate(refresh: &str, flooded: bool, bound: Duration) {
    let jwt = json!({ "jwks": { "rotationInterval": ROTATION.as_secs() } });
    let settings = json!({ "plugins": { "anonymous": {}, "jwt": jwt } });
    let better_auth = BetterAuth::start(&Database::Sqlite, settings);
    let settings = Settings::of(&better_auth, &["jwt"]).with("jwt.refresh", refresh);
    let service = settings.with("jwt.cache.max_age", "0s").start();
    let session = &crowd(&better_auth, 1).await[0];
    let keys = Arc::default();
    mint(&better_auth, session, &keys).await;
    let first = keys.lock().expect("unpoisoned")[0].tokens[0].clone();
    service.me(&Presented::Bearer(first.clone())).await.accepted();

    let flood = flooded.then(|| flood(&service, first));
    let load = load(&service, &keys);
    let begin = Instant::now();
    while begin.elapsed() < ROTATION * u32::try_from(KEYS).expect("few") + COOLDOWN + 2 * SLACK {
        mint(&better_auth, session, &keys).await;
        sleep(Duration::from_millis(50)).await;
    }
    let asked = load.stop().await;
    if let Some(flood) = flood {
        let asked = flood.stop().await;
        let statuses: Statuses = asked.iter().map(|asked| asked.status).collect();
        println!("the flood: {statuses}");
        assert_eq!(statuses.of(&[200]), 0);
    }
    let keys = keys.lock().expect("unpoisoned");
    assert!(keys.len() > KEYS, "only {} keys", keys.len());
    for (at, key) in keys.iter().enumerate() {
        let asked: Vec<_> = asked.iter().filter(|asked| asked.label == at).collect();
        let statuses: Statuses = asked.iter().map(|asked| asked.status).collect();
        let latencies: Figures = asked.iter().map(|asked| asked.latency).collect();
        let waited = asked.iter().filter(|asked| asked.status != 200).map(|asked| asked.due - key.born).max();
        let waited = waited.unwrap_or_default();
        println!("key {at}: {statuses}; {latencies}; good after {waited:.1?}");
        let permitted: &[u16] = if flooded { &[200, 503] } else { &[200] };
        assert_eq!(statuses.other_than(permitted), 0);
        assert!(waited <= bound);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn nobody_notices() {
    rotate("5m", false, Duration::ZERO).await;
}

/// A refresh may have read the old keys when a token of the new one arrives.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn nobody_notices_during_refreshes() {
    rotate("100ms", false, Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn a_flood_of_unknown_keys_delays_new_tokens_for_one_cooldown() {
    rotate("5m", true, COOLDOWN + SLACK).await;
}
