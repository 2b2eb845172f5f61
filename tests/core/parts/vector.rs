//! The golden vectors: what real Better Auth servers issued.

use std::{fs, path::Path};

use serde_json::Value;

/// All vectors of a kind, each with the name of its file.
pub fn all(kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let vectors = files.map(|path| {
        let text = fs::read_to_string(&path).expect("text");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_str::<Value>(&text).expect("JSON"))
    });
    let found: Vec<_> = vectors.filter(|(_, vector)| vector["kind"] == kind).collect();
    assert!(!found.is_empty(), "no vector of kind {kind}");
    found
}

/// A text inside a vector.
pub fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
    vector.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}"))
}

/// Every text that differs from this one in one character.
pub fn changed(text: &str) -> impl Iterator<Item = String> {
    (0..text.len()).flat_map(move |at| {
        ['A', 'B', '.', '=', '%'].into_iter().filter(move |other| !text[at..].starts_with(*other)).map(
            move |other| {
                let mut changed = text.to_owned();
                changed.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
                changed
            },
        )
    })
}
