//! The OpenAPI document that the extractors write.

use serde_json::{Value, json};

use crate::parts::api::document;

const PROTECTED: [(&str, &str); 5] =
    [("/me", "get"), ("/orders", "post"), ("/verified", "get"), ("/admin", "get"), ("/anns", "get")];

fn alternatives() -> Vec<Value> {
    vec![json!({ "bearer": [] }), json!({ "session_cookie": [] }), json!({ "session_header": [] })]
}

#[test]
fn protected_routes_name_the_carriers_as_alternatives() {
    let document = document();
    for (path, method) in PROTECTED {
        assert_eq!(document["paths"][path][method]["security"], json!(alternatives()), "{path}");
    }
}

#[test]
fn optional_routes_allow_nothing_as_well() {
    let expected = [alternatives(), vec![json!({})]].concat();
    assert_eq!(document()["paths"]["/public"]["get"]["security"], json!(expected));
}

#[test]
fn open_routes_ask_for_nothing() {
    assert_eq!(document()["paths"]["/open"]["get"].get("security"), None);
}

#[test]
fn the_schemes_are_described() {
    let schemes = document()["components"]["securitySchemes"].clone();
    assert_eq!(schemes.as_object().expect("an object").len(), 3);
    assert_eq!(
        (&schemes["bearer"]["type"], &schemes["bearer"]["scheme"]),
        (&json!("http"), &json!("bearer"))
    );
    for (name, place, header) in [
        ("session_cookie", "cookie", "better-auth.session_token"),
        ("session_header", "header", "X-Session-Token"),
    ] {
        assert_eq!(schemes[name]["type"], "apiKey", "{name}");
        assert_eq!((&schemes[name]["in"], &schemes[name]["name"]), (&json!(place), &json!(header)), "{name}");
    }
}

#[test]
fn h3_failures_are_documented_as_problems() {
    let document = document();
    for (path, method) in PROTECTED.into_iter().chain([("/public", "get")]) {
        let responses = &document["paths"][path][method]["responses"];
        for (status, headers) in [
            ("400", vec!["WWW-Authenticate"]),
            ("401", vec!["WWW-Authenticate"]),
            ("403", vec![]),
            ("429", vec!["RateLimit", "RateLimit-Policy", "Retry-After"]),
            ("503", vec!["Retry-After"]),
        ] {
            let response = &responses[status];
            let schema = &response["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{path} {status}");
            let mut told: Vec<_> = response["headers"].as_object().into_iter().flatten().collect();
            told.sort_by_key(|(name, _)| name.to_ascii_lowercase());
            let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
            assert!(
                names
                    .iter()
                    .map(|name| name.to_ascii_lowercase())
                    .eq(headers.iter().map(|name| name.to_ascii_lowercase())),
                "{path} {status} {names:?}"
            );
        }
    }
    let problem = &document["components"]["schemas"]["Problem"];
    assert_eq!(problem["required"], json!(["type", "title", "status"]));
    for member in ["type", "title", "status", "detail", "instance", "requestId"] {
        assert!(problem["properties"].get(member).is_some(), "{member}");
    }
}
