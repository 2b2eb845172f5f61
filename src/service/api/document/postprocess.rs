//! The pass over the generator's document where that falls short.

use poem::http::StatusCode;
use serde_json::{Map, Value, json};

use super::example::{REQUEST_ID, examples};

/// Bodies with a member that they do not know are refused, of which the generator says nothing.
const CLOSED: [&str; 2] = ["NewTodo", "TodoPatch"];

pub fn postprocess(document: &mut Value) {
    document["openapi"] = json!("3.0.3");
    tidy(document);
    for name in CLOSED {
        if let Some(schema) = document["components"]["schemas"].get_mut(name) {
            schema["additionalProperties"] = json!(false);
        }
    }
    let mut shared = Map::new();
    for operation in operations(document) {
        // An operation without schemes is open; said, not left out.
        operation.entry("security").or_insert(json!([]));
        strip_charset(operation.get_mut("requestBody"));
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for (status, response) in responses {
            strip_charset(Some(response));
            describe_headers(response);
            share(&mut shared, status, response);
        }
    }
    describe_successes(document);
    order_tags(document);
    let components = &mut document["components"];
    components["responses"] = shared.into();
    components["headers"] = json!({ "X-Request-Id": {
        "description": "Names this request in the log.",
        "required": true,
        "schema": { "type": "string", "example": REQUEST_ID },
    }});
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

/// Leaves out what only repeats a default, and writes whole numbers as such.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            members.retain(|name, value| match name.as_str() {
                "deprecated" => *value != false,
                "explode" => *value != true,
                // Of no registry that generators know.
                "format" => !value.as_str().is_some_and(|format| format.starts_with("uint")),
                _ => true,
            });
            if let Some(Value::Array(parts)) = members.get_mut("allOf") {
                // A described reference repeats the description in a part of its own.
                parts.retain(|part| part.as_object().is_none_or(|part| !part.keys().eq(["description"])));
            }
            for bound in ["minimum", "maximum"] {
                let whole = members.get(bound).and_then(Value::as_f64).filter(|bound| bound.fract() == 0.0);
                if let Some(whole) = whole {
                    #[expect(clippy::cast_possible_truncation, reason = "bounds are small")]
                    members.insert(bound.into(), (whole as i64).into());
                }
            }
            // What stands in an example is data.
            let described = members
                .iter_mut()
                .filter(|(name, _)| !["example", "default", "enum"].contains(&name.as_str()));
            described.for_each(|(_, value)| tidy(value));
        }
        _ => {}
    }
}

/// Generators of clients look for `application/json`, not for `application/json; charset=utf-8`.
fn strip_charset(message: Option<&mut Value>) {
    let Some(content) = message.and_then(|message| message.get_mut("content")?.as_object_mut()) else {
        return;
    };
    let bare = std::mem::take(content).into_iter().map(|(media, schema)| {
        let bare = media.split(';').next().unwrap_or_default().trim().to_owned();
        (bare, schema)
    });
    *content = bare.collect();
}

/// Names as they are written elsewhere, not in capitals alone; and the header that every answer has, which is outside the
/// generator's sight.
fn describe_headers(response: &mut Value) {
    let headers = response["headers"].take();
    let headers = headers.as_object().cloned().unwrap_or_default().into_iter();
    let mut headers: Map<_, _> = headers.map(|(name, header)| (capitalised(&name), header)).collect();
    headers.insert("X-Request-Id".into(), json!({ "$ref": "#/components/headers/X-Request-Id" }));
    response["headers"] = headers.into();
}

fn capitalised(name: &str) -> String {
    if name.chars().any(|letter| letter.is_ascii_lowercase()) {
        return name.to_owned();
    }
    let words = name.split('-').map(|word| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_owned() + &rest.to_ascii_lowercase(),
        None => String::new(),
    });
    words.collect::<Vec<_>>().join("-")
}

/// A failure is the same wherever it happens: it is described once, with an example of each problem that it may be.
fn share(shared: &mut Map<String, Value>, status: &str, response: &mut Value) {
    let status = status.parse().ok().filter(|status: &StatusCode| status.as_u16() >= 400);
    let Some((status, reason)) = status.and_then(|status| Some((status, status.canonical_reason()?))) else {
        return;
    };
    let name: String = reason.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut described = response.clone();
    let problems = examples(status).into_iter().map(|(title, problem)| {
        let name = problem["type"].as_str().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default().to_owned();
        (name, json!({ "summary": title, "value": problem }))
    });
    let problems: Map<_, _> = problems.collect();
    if let Some(media) = described["content"].get_mut("application/problem+json") {
        media["examples"] = problems.into();
    }
    let reference = json!({ "$ref": format!("#/components/responses/{name}") });
    let is_same = *shared.entry(name).or_insert_with(|| described.clone()) == described;
    *response = if is_same { reference } else { described };
}

/// The generator leaves an answer without words where the type of its body has some.
fn describe_successes(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    for operation in operations(document) {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter();
        for response in responses.flat_map(Map::values_mut).filter(|response| response["description"] == "") {
            let reference = &response["content"]["application/json"]["schema"]["$ref"];
            let name =
                reference.as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
            response["description"] = schemas[name]["description"].clone();
        }
    }
}

/// Groups stand in the order of their operations; the generator sorts them by name, and lists those without any.
fn order_tags(document: &mut Value) {
    let order: Vec<_> = operations(document).map(|operation| operation["tags"][0].clone()).collect();
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.retain(|tag| order.contains(&tag["name"]));
        tags.sort_by_key(|tag| order.iter().position(|name| *name == tag["name"]));
    }
}
