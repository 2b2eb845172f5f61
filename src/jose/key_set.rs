//! The keys of one JWKS document (RFC 7517 section 5): pure selection, no fetching.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    Algorithm,
    key::{Jwk, Key},
};

/// More entries than any deployment publishes; a longer list is not read to its end.
const MAX_KEYS: usize = 100;
/// Keys that are made quick; nobody signs with more at once.
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
    /// Reads a document. Entries that are unusable or share their name are passed over with a warning each.
    pub fn read(document: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }

        let Document { keys } = serde_json::from_slice(document)?;
        let mut set = Self { named: HashMap::new(), others: Vec::new() };
        let mut ambiguous = HashSet::new();
        for entry in keys.into_iter().take(MAX_KEYS) {
            match usable_key(entry) {
                Ok((Some(kid), entry)) => {
                    if let Some(other) = set.named.insert(kid.clone(), entry) {
                        set.others.push(other);
                        ambiguous.insert(kid);
                    }
                }
                Ok((None, entry)) => set.others.push(entry),
                Err(reason) => tracing::warn!(reason, "an entry of the key set is passed over"),
            }
        }
        for kid in ambiguous {
            set.others.extend(set.named.remove(&kid));
            tracing::warn!(
                kid,
                reason = "several keys share its id",
                "an entry of the key set is passed over"
            );
        }
        Ok(set)
    }

    /// The key of this id.
    pub fn get(&self, kid: &str) -> Option<Arc<Key>> {
        self.named.get(kid).map(|entry| entry.key.clone())
    }

    /// The keys that may have signed a token which names no key and says `algorithm`. Keys count for one of the `accepted` algorithms.
    pub fn fitting(&self, algorithm: Algorithm, accepted: &[Algorithm]) -> impl Iterator<Item = &Arc<Key>> {
        let all = self.named.values().chain(&self.others).map(|entry| &entry.key);
        all.filter(move |key| key.algorithm(accepted) == Ok(algorithm))
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

    /// Makes some keys quick, which takes some milliseconds for each.
    pub fn make_quick(&self) {
        let keys = self.named.values().chain(&self.others).filter_map(|entry| entry.key.ed25519());
        let (quick, slow): (Vec<_>, Vec<_>) = keys.partition(|key| key.is_quick());
        slow.iter().take(MAX_QUICK.saturating_sub(quick.len())).for_each(|key| key.make_quick());
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
    use super::*;
    use crate::jose::ed25519::Ed25519Key;

    const KEY: &str = r#""kty":"OKP","crv":"Ed25519","x":"xBBfTA_JVrOq4lY2Y9dWxasjrDJiJjUTLJsbgosLQzQ""#;

    #[test]
    fn s11_one_odd_entry_never_spoils_the_others() {
        let document = format!(
            r#"{{"keys":[{{"kid":1,{KEY}}},{{{KEY}}},null,{{"kid":"o","kty":"oct","k":"AAAA"}},
                {{"kid":"e","kty":"EC","crv":"P-256","x":"AA","y":"AA"}},{{"kid":"good",{KEY}}},
                {{"kid":"unknown","kty":"X","alg":"Y"}}]}}"#
        );
        let set = KeySet::read(document.as_bytes()).expect("readable");
        assert_eq!(set.len(), 2, "one of them without an id");
        assert!(set.get("good").is_some());
    }

    #[test]
    fn s6_keys_that_share_their_id_are_passed_over() {
        let document = format!(r#"{{"keys":[{{"kid":"a",{KEY}}},{{"kid":"a",{KEY}}},{{"kid":"b",{KEY}}}]}}"#);
        let set = KeySet::read(document.as_bytes()).expect("readable");
        assert!(set.get("a").is_none() && set.get("b").is_some());
    }

    #[test]
    fn a_few_keys_are_made_quick_and_stay_so() {
        let document = |names: &[&str]| {
            let keys: Vec<_> = names.iter().map(|name| format!(r#"{{"kid":"{name}",{KEY}}}"#)).collect();
            KeySet::read(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).expect("readable")
        };
        let quick = |set: &KeySet| {
            let mut names: Vec<_> = set
                .named
                .iter()
                .filter(|(_, entry)| entry.key.ed25519().is_some_and(Ed25519Key::is_quick))
                .collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            names.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let first = document(&["a", "b"]);
        assert!(quick(&first).is_empty());
        first.make_quick();
        assert_eq!(quick(&first), ["a", "b"]);
        let second = document(&["b", "c", "d", "e", "f"]).keeping(&first);
        assert_eq!(quick(&second), ["b"]);
        second.make_quick();
        assert_eq!(quick(&second).len(), MAX_QUICK);
        assert!(quick(&second).contains(&"b".to_owned()));
    }

    #[test]
    fn what_is_no_key_set_is_an_error() {
        for document in ["", "null", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
            assert!(KeySet::read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
