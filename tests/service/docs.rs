use std::fs;

use crate::contract::COMMITTED;
use crate::parts::{
    client::get,
    service::{Service, Setup},
};

fn service() -> Service {
    Setup::with_sessions().start()
}

#[test]
fn the_page_is_served_once_and_then_known() {
    let service = service();
    for (path, media) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/openapi.yaml", "application/yaml"),
    ] {
        let answer = service.get(path);
        assert_eq!((answer.status, answer.header("Content-Type")), (200, Some(media)), "{path}");
        let etag = answer.header("ETag").expect("an ETag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 8, "{etag}");
        // RFC 9110 section 13.1.2: a list, compared weakly (a proxy that compresses makes the tag a weak one), or any.
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = service.send(&get(path).header("If-None-Match", &known));
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path} {known}");
            assert_eq!(again.header("ETag"), Some(etag.as_str()), "{path} {known}");
        }
        let changed = service.send(&get(path).header("If-None-Match", "\"other\""));
        assert_eq!((changed.status, changed.body), (200, answer.body), "{path}");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page = service().get("/docs").body;
    assert!(page.contains("<html") && page.contains("getMe"), "not the page");
    // Markup: what a browser loads by itself. Scripts and styles are inside, or of this server.
    for tag in tags(&page) {
        for attribute in ["src=", "href=", "srcset=", "action=", "data="] {
            let Some(at) = tag.find(attribute) else { continue };
            let value = tag[at + attribute.len()..].trim_start_matches(['"', '\'']);
            let is_elsewhere = ["http:", "https:", "//"].iter().any(|start| value.starts_with(start));
            assert!(!is_elsewhere, "{tag}");
        }
    }
    // Styles.
    for style in between(&page, "<style", "</style>") {
        assert!(!style.contains("@import"), "a style imports another");
        for address in between(style, "url(", ")") {
            let address = address.trim_matches(['"', '\'', ' ']);
            assert!(address.starts_with("data:") || address.starts_with('#'), "url({address})");
        }
    }
    assert!(between(&page, "<script", "</script>").len() >= 2, "the scripts are inside");
}

/// The tags outside of scripts and styles, and those that open these.
fn tags(page: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), page);
    while let Some(begin) = rest.find('<') {
        rest = &rest[begin..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[..=end];
        found.push(tag);
        rest = &rest[end..];
        for (opening, closing) in [("<script", "</script>"), ("<style", "</style>")] {
            if tag.starts_with(opening) {
                rest = rest.find(closing).map_or("", |end| &rest[end..]);
            }
        }
    }
    found
}

fn between<'a>(text: &'a str, opening: &str, closing: &str) -> Vec<&'a str> {
    let inner = |part: &'a str| part.split_once(closing).map(|(inner, _)| inner);
    text.split(opening).skip(1).filter_map(inner).collect()
}

#[test]
fn the_contract_is_served_as_it_is_committed() {
    let service =
        Setup::with_sessions().config("revocation.hook_secret = 'a secret of the tests, 30 bytes'").start();
    let served = service.get("/openapi.json");
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(served.body == committed, "run UPDATE_CONTRACT=1 cargo test --test service contract::");
    let yaml: serde_json::Value = serde_saphyr::from_str(&service.get("/openapi.yaml").body).expect("YAML");
    assert_eq!(yaml, served.json());
}
