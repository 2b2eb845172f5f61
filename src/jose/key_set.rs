//! The keys of one JWKS document (RFC 7517 section 5): pure selection, no fetching.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    Algorithm,
    ed25519::Ed25519Key,
    key::{Jwk, Key},
};

/// More entries than any deployment publishes; a longer list is not read to its end.
const MAX_KEYS: usize = 100;
/// Keys that are quick at once; no deployment signs with more.
const MAX_QUICK: usize = 4;

/// Usable keys.
pub struct KeySet {
    /// By their id.
    named: HashMap<String, Entry>,
    /// Those without an id of their own: only a token that names none can mean them.
    others: Vec<Entry>,
}

struct Entry {
    key: Arc<Key>,
    /// As it was published.
    jwk: Value,
}

impl KeySet {
    /// Reads a document. Entries that are unusable or share their name are passed over; the reasons come beside the set.
    pub fn read(document: &[u8]) -> Result<(Self, Vec<String>), serde_json::Error> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }

        let Document { keys } = serde_json::from_slice(document)?;
        let mut set = Self { named: HashMap::new(), others: Vec::new() };
        let (mut ambiguous, mut passed_over) = (HashSet::new(), Vec::new());
        for entry in keys.into_iter().take(MAX_KEYS) {
            match usable_key(entry) {
                Ok((Some(kid), entry)) => {
                    if let Some(other) = set.named.insert(kid.clone(), entry) {
                        set.others.push(other);
                        ambiguous.insert(kid);
                    }
                }
                Ok((None, entry)) => set.others.push(entry),
                Err(reason) => passed_over.push(reason),
            }
        }
        for kid in ambiguous {
            set.others.extend(set.named.remove(&kid));
            passed_over.push(format!("several keys share the id {kid:?}"));
        }
        Ok((set, passed_over))
    }

    /// The key of this id.
    pub fn get(&self, kid: &str) -> Option<Arc<Key>> {
        self.named.get(kid).map(|entry| entry.key.clone())
    }

    /// The ids of its keys, for people.
    pub fn ids(&self) -> String {
        let mut ids: Vec<_> = self.named.keys().map(String::as_str).collect();
        ids.sort_unstable();
        if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
    }

    /// The keys that may have signed a token without a `kid`, with this `algorithm`. Keys count for one of the `accepted` ones.
    pub fn fitting(&self, algorithm: Algorithm, accepted: &[Algorithm]) -> impl Iterator<Item = &Arc<Key>> {
        self.keys().filter(move |key| key.algorithm(accepted) == Ok(algorithm))
    }

    /// Whether every key of `earlier` is still there as it was.
    pub fn holds_all_of(&self, earlier: &Self) -> bool {
        let is_named =
            |(kid, entry): (&String, &Entry)| self.named.get(kid).is_some_and(|now| now.jwk == entry.jwk);
        let is_among_others = |entry: &Entry| self.others.iter().any(|now| now.jwk == entry.jwk);
        earlier.named.iter().all(is_named) && earlier.others.iter().all(is_among_others)
    }

    /// The same with the keys of `earlier`, where they are the same: some have been made quick.
    pub fn keeping(mut self, earlier: &Self) -> Self {
        for (kid, entry) in &mut self.named {
            if let Some(known) = earlier.named.get(kid).filter(|known| known.jwk == entry.jwk) {
                entry.key = known.key.clone();
            }
        }
        for entry in &mut self.others {
            if let Some(known) = earlier.others.iter().find(|known| known.jwk == entry.jwk) {
                entry.key = known.key.clone();
            }
        }
        self
    }

    /// Whether one more key may be made quick.
    pub fn has_room(&self) -> bool {
        self.quick().count() < MAX_QUICK
    }

    /// Makes room for a quick key: gives up one that has verified nothing since the last call. Returns whether there was one.
    pub fn make_room(&self) -> bool {
        self.quick().any(Ed25519Key::give_way)
    }

    fn quick(&self) -> impl Iterator<Item = &Ed25519Key> {
        self.keys().filter_map(|key| key.ed25519()).filter(|key| key.is_quick())
    }

    fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.named.values().chain(&self.others).map(|entry| &entry.key)
    }

    /// How many keys are usable.
    pub fn len(&self) -> usize {
        self.named.len() + self.others.len()
    }
}

fn usable_key(published: Value) -> Result<(Option<String>, Entry), String> {
    // The error's text is left out: it may quote the entry.
    let jwk: Jwk = serde_json::from_value(published.clone()).map_err(|_| "it is no JWK".to_owned())?;
    let key = Key::try_from(&jwk).map_err(|error| error.to_string())?;
    Ok((jwk.kid, Entry { key: Arc::new(key), jwk: published }))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    const KEY: &str = r#""kty":"OKP","crv":"Ed25519","x":"xBBfTA_JVrOq4lY2Y9dWxasjrDJiJjUTLJsbgosLQzQ""#;

    #[test]
    fn s11_one_odd_entry_never_spoils_the_others() {
        let document = format!(
            r#"{{"keys":[{{"kid":1,{KEY}}},{{{KEY}}},null,{{"kid":"o","kty":"oct","k":"AAAA"}},
                {{"kid":"e","kty":"EC","crv":"P-256","x":"AA","y":"AA"}},{{"kid":"good",{KEY}}},
                {{"kid":"unknown","kty":"X","alg":"Y"}}]}}"#
        );
        let (set, _) = KeySet::read(document.as_bytes()).expect("readable");
        assert_eq!(set.len(), 2, "one of them without an id");
        assert!(set.get("good").is_some());
    }

    #[test]
    fn s6_keys_that_share_their_id_are_passed_over() {
        let document = format!(r#"{{"keys":[{{"kid":"a",{KEY}}},{{"kid":"a",{KEY}}},{{"kid":"b",{KEY}}}]}}"#);
        let (set, _) = KeySet::read(document.as_bytes()).expect("readable");
        assert!(set.get("a").is_none() && set.get("b").is_some());
    }

    /// A set of these keys, each named by its place.
    fn set_of(pairs: &[Ed25519KeyPair]) -> KeySet {
        let jwk = |(at, pair): (usize, &Ed25519KeyPair)| {
            let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
            json!({ "kid": at.to_string(), "kty": "OKP", "crv": "Ed25519", "x": x })
        };
        let document = json!({ "keys": pairs.iter().enumerate().map(jwk).collect::<Vec<_>>() });
        KeySet::read(document.to_string().as_bytes()).expect("readable").0
    }

    fn key(set: &KeySet, at: usize) -> Arc<Key> {
        set.get(&at.to_string()).expect("a key")
    }

    fn quick(set: &KeySet) -> Vec<usize> {
        (0..set.len()).filter(|at| key(set, *at).ed25519().is_some_and(Ed25519Key::is_quick)).collect()
    }

    #[test]
    fn a_key_that_verifies_nothing_gives_way_and_others_stay_quick() {
        let pairs: Vec<_> =
            (0..=MAX_QUICK).map(|_| Ed25519KeyPair::generate().expect("a key pair")).collect();
        let verifies = |set: &KeySet, at: usize| {
            let signature = pairs[at].sign(b"a message").as_ref().to_vec();
            key(set, at).verifies(Algorithm::EdDsa, b"a message", &signature)
        };
        let set = set_of(&pairs);
        for at in 0..MAX_QUICK {
            assert!(set.has_room());
            key(&set, at).ed25519().expect("Ed25519").make_quick();
        }
        assert!(!set.has_room());
        assert!((0..MAX_QUICK).all(|at| verifies(&set, at)));
        assert!(!set.make_room(), "all are in use");
        assert!((1..MAX_QUICK).all(|at| verifies(&set, at)));
        assert!(set.make_room());
        assert_eq!(quick(&set), (1..MAX_QUICK).collect::<Vec<_>>());
        assert!((0..=MAX_QUICK).all(|at| verifies(&set, at)), "quick or not");
        let fetched_again = set_of(&pairs).keeping(&set);
        assert_eq!(quick(&fetched_again), quick(&set));
    }

    #[test]
    fn what_is_no_key_set_is_an_error() {
        for document in ["", "null", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
            assert!(KeySet::read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
