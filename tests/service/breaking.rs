//! Nothing that was released may break whoever builds on it, within one major version of the contract.

use std::{collections::BTreeSet, fs};

use drift::{ChangeClass, ChangeComparison, ChangeInfo, ChangePath, compare};
use serde_json::{Value, json};

use crate::contract::{COMMITTED, operations, resolved};

/// The contract as it was last released; replaced when the next one is.
const RELEASED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/released.json");

fn read(path: &str) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

fn major(contract: &Value) -> u64 {
    let version = contract["info"]["version"].as_str().expect("a version");
    version.split('.').next().and_then(|major| major.parse().ok()).expect("a number")
}

/// What of `released` does not hold in `current`. What the comparison cannot judge counts: a person has to.
fn broken(released: &Value, current: &Value) -> Vec<String> {
    let changes = compare(released, current).expect("two contracts");
    let harmful = changes.iter().flat_map(|change| {
        let harms = |info: &&ChangeInfo| change.paths.iter().any(|path| harms(released, current, path, info));
        let place = change.paths.first().map(|path| path.new.current_pointer().to_string());
        let harmful = change.changes.iter().filter(harms);
        harmful.map(move |info| format!("{place:?} {}: {}", info.new_subpath, info.message))
    });
    let kept = promises(current);
    let broken = promises(released).into_iter().filter(|promise| !kept.contains(promise));
    harmful.chain(broken).collect()
}

fn harms(released: &Value, current: &Value, path: &ChangePath, info: &ChangeInfo) -> bool {
    let is_failure = ["4", "5"].iter().any(|class| info.message.contains(&format!("response code {class}")));
    match info.class {
        ChangeClass::Trivial | ChangeClass::ForwardIncompatible => false,
        // Clients have to be ready for every failure.
        ChangeClass::BackwardIncompatible if is_failure => false,
        // The comparison knows that the members differ, and compares those that are in both.
        ChangeClass::Unhandled
            if ["object properties changed", "object required properties changed"]
                .contains(&&*info.message) =>
        {
            let old = at(released, path.old.current_pointer(), &info.old_subpath);
            let new = at(current, path.new.current_pointer(), &info.new_subpath);
            let (properties, required) = (names(&old["properties"]), names(&old["required"]));
            let (new_properties, new_required) = (names(&new["properties"]), names(&new["required"]));
            let is_input = path.comparison == ChangeComparison::Input;
            let demands_more = is_input && !new_required.is_subset(&required);
            let promises_less = !is_input && !required.is_subset(&new_required);
            demands_more || promises_less || !properties.is_subset(&new_properties)
        }
        // Clients have to be ready for words that they do not know; the contract says so where it lists some.
        ChangeClass::Unhandled if info.message == "string schema changed" => {
            let mut old = at(released, path.old.current_pointer(), &info.old_subpath).clone();
            let new = at(current, path.new.current_pointer(), &info.new_subpath);
            let has_grown = names(&old["enum"]).is_subset(&names(&new["enum"]));
            let is_output = path.comparison == ChangeComparison::Output;
            old["enum"] = new["enum"].clone();
            !(has_grown && is_output && old == *new)
        }
        ChangeClass::BackwardIncompatible | ChangeClass::Incompatible | ChangeClass::Unhandled => true,
    }
}

fn at<'a>(contract: &'a Value, pointer: &str, below: &str) -> &'a Value {
    let pointer = [pointer.trim_start_matches('#'), "/", below].concat();
    contract.pointer(pointer.trim_end_matches('/')).expect("the place of a change")
}

/// The names in a list, or of an object's members.
fn names(value: &Value) -> BTreeSet<&str> {
    let members = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    members.chain(items).collect()
}

/// What the comparison does not look at: carriers, successes, headers of answers, names of operations.
fn promises(contract: &Value) -> BTreeSet<String> {
    let mut promises = BTreeSet::new();
    for (method, path, operation) in operations(contract) {
        promises.insert(format!("{method} {path} is called {}", operation["operationId"]));
        let carriers = operation["security"].as_array().expect("a list");
        if carriers.is_empty() {
            promises.insert(format!("{method} {path} is open"));
        }
        promises.extend(carriers.iter().map(|carrier| format!("{method} {path} accepts {carrier}")));
        for (status, response) in operation["responses"].as_object().expect("responses") {
            if status.starts_with('2') {
                promises.insert(format!("{method} {path} answers {status}"));
            }
            for (name, header) in resolved(contract, response)["headers"].as_object().into_iter().flatten() {
                let header = resolved(contract, header);
                let (required, kind) = (&header["required"], &header["schema"]["type"]);
                promises.insert(format!(
                    "{method} {path} answers {status} with {name}: {kind}, required {required}"
                ));
            }
        }
    }
    for (name, scheme) in contract["components"]["securitySchemes"].as_object().expect("schemes") {
        let [kind, place, called, scheme] = ["type", "in", "name", "scheme"].map(|member| &scheme[member]);
        promises.insert(format!("{name} is {kind} in {place} called {called}, {scheme}"));
    }
    for (name, schema) in contract["components"]["schemas"].as_object().expect("schemas") {
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            promises.insert(format!("{name}.{member} may be null: {}", schema["nullable"] == true));
        }
    }
    promises
}

#[test]
fn nothing_that_was_released_is_broken() {
    let (released, current) = (read(RELEASED), read(COMMITTED));
    assert!(major(&current) >= major(&released), "the version of the contract went back");
    if major(&current) > major(&released) {
        return;
    }
    let broken = broken(&released, &current);
    assert!(
        broken.is_empty(),
        "the contract breaks what was released in openapi/released.json. Keep the old beside the new, or raise the \
         major of the contract's version (src/service/api.rs):\n{}",
        broken.join("\n")
    );
}

#[test]
fn whatever_breaks_a_client_is_found() {
    let released = read(RELEASED);
    let post = "/paths/~1api~1todos/post";
    let todo = "/components/schemas/Todo";
    let remove = |at: &str, name: &str| (at.to_owned(), name.to_owned(), None);
    let set = |at: &str, name: &str, value: Value| (at.to_owned(), name.to_owned(), Some(value));
    for (at, name, value) in [
        remove("/paths", "/api/me"),
        remove("/paths/~1api~1todos", "post"),
        set(post, "operationId", json!("makeTodo")),
        set(post, "security", json!([{ "bearer": [] }])),
        remove(&format!("{post}/responses"), "201"),
        remove(&format!("{post}/responses/201/headers"), "Location"),
        remove("/components/responses/TooManyRequests/headers", "Retry-After"),
        remove(&format!("{todo}/properties"), "completed"),
        set(&format!("{todo}/properties"), "completed", json!({ "type": "string" })),
        set(&format!("{todo}/properties"), "id", json!({ "type": "string", "format": "uuid" })),
        set(todo, "required", json!(["id"])),
        set("/components/schemas/NewTodo", "required", json!(["title", "description"])),
        set("/components/schemas/NewTodo/properties/title", "maxLength", json!(20)),
        set("/components/schemas/EventKind", "enum", json!(["session.deleted"])),
        set("/components/schemas/HealthStatus", "enum", json!(["well"])),
        set("/components/schemas/EventData", "additionalProperties", json!(false)),
        set("/components/schemas/TodoPatch/properties/description", "nullable", json!(false)),
        set("/components/schemas/Todo/properties/title", "nullable", json!(true)),
        set("/paths/~1health/get", "security", json!([{ "bearer": [] }])),
        set("/components/securitySchemes/session_header", "name", json!("X-Token")),
        set("/components/responses/TooManyRequests/headers/Retry-After", "required", json!(false)),
        set(
            "/components/responses/TooManyRequests/headers/Retry-After",
            "schema",
            json!({ "type": "string" }),
        ),
    ] {
        let mut current = released.clone();
        let parent = current.pointer_mut(&at).and_then(Value::as_object_mut).expect("a place");
        match value {
            Some(value) => parent.insert(name.clone(), value),
            None => parent.shift_remove(&name),
        };
        assert_ne!(current, released, "{at} {name}");
        assert!(!broken(&released, &current).is_empty(), "{at}: {name}");
    }
}

#[test]
fn what_is_added_breaks_nobody() {
    let released = read(RELEASED);
    let mut current = released.clone();
    let operation = current["paths"]["/api/todos"]["get"].clone();
    current["paths"]["/api/lists"] = json!({ "get": operation });
    current["paths"]["/api/lists"]["get"]["operationId"] = json!("listLists");
    current["paths"]["/api/me"]["get"]["responses"]["404"] =
        json!({ "$ref": "#/components/responses/NotFound" });
    current["components"]["schemas"]["Todo"]["properties"]["priority"] = json!({ "type": "integer" });
    current["components"]["schemas"]["NewTodo"]["properties"]["priority"] = json!({ "type": "integer" });
    current["components"]["schemas"]["Todo"]["required"] =
        json!(["priority", "id", "title", "completed", "createdAt", "updatedAt"]);
    let kinds = &mut current["components"]["schemas"]["Problem"]["properties"]["type"]["enum"];
    kinds.as_array_mut().expect("kinds").push(json!("urn:problem:payment-required"));
    current["components"]["schemas"]["Todo"]["description"] = json!("A thing to do.");
    assert_eq!(broken(&released, &current), [] as [String; 0]);
}
