use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::parts::{client::Answer, service::Setup};

pub const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");

fn contract(format: &[&str]) -> String {
    let finished = Setup::empty().run(&[&["openapi"], format].concat());
    assert_eq!(finished.expect_code(0).stderr, "");
    finished.stdout
}

fn document() -> Value {
    serde_json::from_str(&contract(&[])).expect("JSON")
}

/// Every operation as method, path and itself.
pub fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            found.push((method.as_str(), path.as_str(), operation));
        }
    }
    found
}

/// What a reference leads to.
pub fn resolved<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(value, |at| contract.pointer(at).expect("a reference that leads somewhere"))
}

/// The committed contract lists this failure of an operation, with its headers.
#[track_caller]
pub fn expect_documented(answer: &Answer, method: &str, path: &str) {
    let contract: Value = serde_json::from_slice(&fs::read(COMMITTED).expect("a file")).expect("JSON");
    let listed =
        resolved(&contract, &contract["paths"][path][method]["responses"][answer.status.to_string()]);
    assert!(listed["content"]["application/problem+json"].is_object(), "not in the contract: {answer:?}");
    let headers = listed["headers"].as_object().into_iter().flatten();
    for (header, _) in headers.filter(|(_, header)| resolved(&contract, header)["required"] == true) {
        assert!(answer.header(header).is_some(), "{header}: {answer:?}");
    }
}

#[test]
fn the_committed_contract_is_the_one_of_this_program() {
    let current = contract(&[]);
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == current,
        "openapi/openapi.json is not what `better-auth-verifier openapi` prints. If the contract is meant to change, \
         write it and all that is made of it anew, and look at the difference: openapi/generate"
    );
    assert!(current.ends_with("}\n"), "a text file ends with a newline");
}

#[test]
fn yaml_says_the_same_as_json() {
    let yaml: Value = serde_saphyr::from_str(&contract(&["--format", "yaml"])).expect("YAML");
    assert_eq!(yaml, document());
    assert_eq!(contract(&["--format", "json"]), contract(&[]));
}

#[test]
fn the_contract_needs_no_configuration() {
    let garbage = Setup::empty()
        .config("this = is [not a configuration")
        .variable("VERIFIER_SERVER__LISTEN", "nowhere")
        .variable("VERIFIER_NONSENSE", "1")
        .variable("BETTER_AUTH_URL", "::")
        .variable("RUST_LOG", "loud")
        .run(&["openapi"]);
    assert_eq!(garbage.expect_code(0).stderr, "");
    assert_eq!(garbage.stdout, contract(&[]));
}

#[test]
fn it_is_openapi_3_0_under_the_root() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0.")));
    assert_eq!(document["servers"], json!([{"url": "/"}]));
}

#[test]
fn the_operations_are_those_that_are_promised() {
    let document = document();
    let found: BTreeSet<_> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let promised = [
        "get /health/live",
        "get /health/ready",
        "get /health",
        "get /api/public",
        "get /api/me",
        "get /api/todos",
        "post /api/todos",
        "get /api/todos/{id}",
        "patch /api/todos/{id}",
        "delete /api/todos/{id}",
        "post /hooks/better-auth",
    ];
    assert_eq!(found, promised.map(str::to_owned).into());
}

#[test]
fn every_operation_has_a_name_a_summary_and_a_group() {
    let document = document();
    let mut names = BTreeSet::new();
    let groups: Vec<_> = document["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
        assert!(names.insert(name), "{name} is the name of two operations");
        for member in ["summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{name} {member}");
        }
        let tags = operation["tags"].as_array().unwrap_or_else(|| panic!("{name} has no tags"));
        assert!(!tags.is_empty() && tags.iter().all(|tag| groups.contains(&tag)), "{name}: {tags:?}");
    }
}

#[test]
fn every_operation_says_which_carriers_it_accepts() {
    let document = document();
    let alternatives = json!([{"bearer": []}, {"session_cookie": []}, {"session_header": []}]);
    let or_nothing = json!([{"bearer": []}, {"session_cookie": []}, {"session_header": []}, {}]);
    for (method, path, operation) in operations(&document) {
        let expected = match path {
            "/api/public" => or_nothing.clone(),
            // The plugin signs what it sends.
            path if path.starts_with("/health") || path.starts_with("/hooks") => json!([]),
            _ => alternatives.clone(),
        };
        assert_eq!(operation["security"], expected, "{method} {path}");
    }
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(
        (&schemes["session_cookie"]["in"], &schemes["session_header"]["in"]),
        (&json!("cookie"), &json!("header"))
    );
    assert_eq!(schemes["session_header"]["name"], "X-Session-Token");
}

#[test]
fn secured_operations_list_their_problems() {
    let document = document();
    let all = operations(&document);
    let secured = || all.iter().filter(|(_, _, operation)| operation["security"] != json!([]));
    let is_api = |(_, path, _): &&(&str, &str, &Value)| path.starts_with("/api/");
    assert!(secured().eq(all.iter().filter(is_api)), "the operations under /api/ are those that are secured");
    for (method, path, operation) in secured() {
        for (status, headers) in [
            ("401", &["WWW-Authenticate"][..]),
            ("429", &["Retry-After", "RateLimit", "RateLimit-Policy"]),
            ("503", &["Retry-After"]),
        ] {
            let answer = resolved(&document, &operation["responses"][status]);
            let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
            for header in headers {
                assert!(answer["headers"][header].is_object(), "{method} {path} {status} {header}");
            }
        }
    }
}

#[test]
fn every_answer_is_described_typed_and_exemplified() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let at = format!("{method} {path} {status}");
            let response = resolved(&document, response);
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}");
            assert!(response["headers"]["X-Request-Id"].is_object(), "{at}");
            if status == "204" {
                continue;
            }
            let (media, content) =
                response["content"].as_object().and_then(|all| all.iter().next()).expect(&at);
            let expected =
                if status.starts_with('2') { "application/json" } else { "application/problem+json" };
            assert_eq!(media, expected, "{at}");
            let schema = resolved(&document, &content["schema"]);
            assert!(content["examples"].is_object() || schema["example"].is_object(), "{at}");
        }
        if let Some(body) = operation.get("requestBody") {
            let schema = resolved(&document, &body["content"]["application/json"]["schema"]);
            assert!(schema["example"].is_object(), "{method} {path}");
        }
    }
}

#[test]
fn only_what_changes_something_can_come_from_an_untrusted_origin() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let is_secured = operation["security"] != json!([]);
        let expected = is_secured && method != "get";
        assert_eq!(operation["responses"].get("403").is_some(), expected, "{method} {path}");
    }
}

#[test]
fn texts_of_which_all_are_known_are_enumerated() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for (schema, member, value) in [
        ("Problem", "type", "urn:problem:invalid-credential"),
        ("Identity", "strategy", "session_cookie_cache"),
        ("StrategyState", "name", "get_session"),
    ] {
        let values = schemas[schema]["properties"][member]["enum"].as_array().expect(schema);
        assert!(values.contains(&json!(value)), "{schema}.{member}: {values:?}");
    }
}

#[test]
fn what_the_generator_does_badly_is_mended() {
    let text = contract(&[]);
    for defect in ["charset", "\"LOCATION\"", "uint16", "\"deprecated\": false", "\"description\": \"\""] {
        assert!(!text.contains(defect), "{defect}");
    }
    let document = document();
    let mut nullable = Vec::new();
    let mut places = vec![(String::new(), &document)];
    while let Some((place, value)) = places.pop() {
        for bound in ["minimum", "maximum"] {
            assert!(!value[bound].is_f64(), "{place} {bound}");
        }
        if value["nullable"] == true {
            nullable.push(place.clone());
        }
        let members = value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value));
        let items =
            value.as_array().into_iter().flatten().enumerate().map(|(at, value)| (at.to_string(), value));
        places.extend(members.chain(items).map(|(name, value)| (format!("{place}/{name}"), value)));
    }
    // What is absent is left out, and `null` means something here alone.
    assert_eq!(nullable, ["/components/schemas/TodoPatch/properties/description"]);
}

#[test]
fn failures_are_those_that_an_operation_can_have() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let listed = |status: &str| operation["responses"].get(status).is_some();
        let at = format!("{method} {path}");
        let reads_body = operation.get("requestBody").is_some();
        assert_eq!((listed("408"), listed("415")), (reads_body, reads_body), "{at}");
        assert_eq!(listed("404"), path.contains('{'), "{at}");
        assert_eq!(listed("409"), path.starts_with("/hooks"), "{at}");
        assert_eq!(listed("400"), !path.starts_with("/health"), "{at}");
        // By its declared length alone, whoever reads it.
        assert!(listed("413"), "{at}");
    }
}

#[test]
fn bodies_with_unknown_members_are_refused_as_the_document_says() {
    let document = document();
    for (schema, is_closed) in
        [("NewTodo", true), ("TodoPatch", true), ("HookEvent", false), ("EventData", false)]
    {
        let additional = &document["components"]["schemas"][schema]["additionalProperties"];
        assert_eq!(*additional == false, is_closed, "{schema}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(reference.strip_prefix('#').is_some_and(|at| document.pointer(at).is_some()), "{reference}");
    }
}
