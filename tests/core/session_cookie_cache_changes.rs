//! Every character of a real cookie cache, and of the session cookie beside it, is held to.

use better_auth_verifier::{Chain, Credential};
use serde_json::Value;

use crate::{
    parts::{chain, told, vector},
    session_cookie_cache_vectors::{caches, cookies, credential, knowing_keys, presented_then},
};

const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text with one character replaced by its neighbour in the alphabet: the least change there is, often of one bit.
/// Dots, which are of no alphabet, become letters.
fn neighbours<'a>(text: &'a str, alphabet: &'static str) -> impl Iterator<Item = (usize, String)> + 'a {
    text.char_indices().map(move |(at, old)| {
        let new = alphabet.find(old).map_or("A", |index| &alphabet[index ^ 1..=index ^ 1]);
        (at, format!("{}{new}{}", &text[..at], &text[at + old.len_utf8()..]))
    })
}

/// Refused or not claimed; never undecidable either, as nothing is out of reach.
async fn assert_refused(chain: &Chain, credential: &Credential, what: impl Fn() -> String) {
    let told = told(&chain.judge(credential).await.verdict);
    assert!(told.starts_with("refused"), "{}: {told}", what());
}

/// One of each form that stands in one cookie.
fn one_of_each_form() -> Vec<(String, Value)> {
    let mut short: Vec<_> = caches().into_iter().filter(|(_, vector)| cookies(vector).len() == 2).collect();
    short.sort_by_key(|(_, vector)| vector["form"].to_string());
    short.dedup_by_key(|(_, vector)| vector["form"].to_string());
    assert_eq!(short.len(), 4);
    short
}

#[tokio::test]
async fn no_character_of_a_cache_can_be_replaced() {
    for (file, vector) in caches() {
        let (_server, strategy) = knowing_keys(&vector).await;
        let chain = chain(strategy);
        assert!(chain.judge(&credential(&vector, "")).await.verdict.is_ok(), "{file}");
        let genuine = cookies(&vector);
        for number in 1..genuine.len() {
            let (name, value) = genuine[number];
            for (at, changed) in neighbours(value, BASE64_URL) {
                let mut forged = genuine.clone();
                forged[number] = (name, &changed);
                assert_refused(&chain, &presented_then(forged), || format!("{file}, {name} at {at}")).await;
            }
        }
    }
}

#[tokio::test]
async fn no_character_of_a_cache_becomes_one_that_separates_pads_or_escapes() {
    for (file, vector) in one_of_each_form() {
        let (_server, strategy) = knowing_keys(&vector).await;
        let chain = chain(strategy);
        let [session, (name, value)] = cookies(&vector)[..] else { panic!("two cookies") };
        for changed in vector::changed(value) {
            let forged = presented_then([session, (name, &*changed)]);
            assert_refused(&chain, &forged, || format!("{file}: {changed}")).await;
        }
    }
}

#[tokio::test]
async fn no_character_can_be_added_or_left_out() {
    for (file, vector) in one_of_each_form() {
        let (_server, strategy) = knowing_keys(&vector).await;
        let chain = chain(strategy);
        let [session, (name, value)] = cookies(&vector)[..] else { panic!("two cookies") };
        for at in 0..value.len() {
            let (before, rest) = value.split_at(at);
            for changed in [format!("{before}{}", &rest[1..]), format!("{before}A{rest}")] {
                let forged = presented_then([session, (name, &*changed)]);
                assert_refused(&chain, &forged, || format!("{file}: {changed}")).await;
            }
        }
        let longer = format!("{value}A");
        assert_refused(&chain, &presented_then([session, (name, &*longer)]), || file.clone()).await;
    }
}

#[tokio::test]
async fn no_character_of_the_session_cookie_beside_it_can_be_replaced() {
    for (file, vector) in one_of_each_form() {
        let (_server, strategy) = knowing_keys(&vector).await;
        let chain = chain(strategy);
        let [(name, wire), cache] = cookies(&vector)[..] else { panic!("two cookies") };
        let decoded = wire.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert!(chain.judge(&presented_then([(name, &*decoded), cache])).await.verdict.is_ok(), "{file}");
        let replaced = neighbours(&decoded, BASE64).map(|(_, changed)| changed);
        for changed in replaced.chain(vector::changed(&decoded)) {
            let forged = presented_then([(name, &*changed), cache]);
            assert_refused(&chain, &forged, || format!("{file}: {changed}")).await;
        }
    }
}
