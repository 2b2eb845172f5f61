//! docs/security.md names the tests that hold its promises: all of them exist.

use std::{fs, path::Path};

/// Names such as `e2e::traps::a_token_in_another_case_is_refused`.
fn named_tests(text: &str) -> Vec<&str> {
    text.split('`').filter(|span| span.split("::").count() == 3).collect()
}

fn exists(name: &str) -> bool {
    let [suite, module, test] = name.split("::").collect::<Vec<_>>()[..] else { return false };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{suite}/{module}.rs"));
    fs::read_to_string(file).is_ok_and(|source| source.contains(&format!("fn {test}()")))
}

#[test]
fn every_promise_is_held_by_tests_that_exist() {
    let text = include_str!("../../docs/security.md");
    let named = named_tests(text);
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    assert!(!named.is_empty() && missing.is_empty(), "missing: {missing:#?}");

    let promises =
        text.split("## Promises").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let rows = promises.lines().filter(|line| line.starts_with('|')).skip(2);
    for row in rows {
        assert!(!named_tests(row).is_empty(), "no test holds: {row}");
    }
}
