//! A JSON Schema of the configuration file, by which editors complete and check it.
//!
//! Keys, types, defaults and descriptions are those of `config.toml`; [`form`] says what a text must look like. It is as
//! strict as the reader where JSON Schema can be. What several keys or the environment decide, only the reader knows.

mod comments;
mod duration;
mod form;

use figment::value::{Dict, Value};
use serde_json::{Map, Value as Json, json};

use self::comments::Comments;
pub(super) use self::duration::age;
use super::{layers::Layers, placeholder::is_placeholder, schema};

/// The schema as a JSON document, indented, with a newline at its end. It is written in draft 7, which editors know.
///
/// # Panics
///
/// Never: a test shows that each key of `config.toml` has its form.
#[must_use]
pub fn json_schema() -> String {
    let defaults = Layers::defaults().schema;
    let comments = Comments::of(super::DEFAULTS);
    let mut root = Map::from_iter([
        ("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#")),
        ("title".to_owned(), json!("Configuration of better-auth-verifier")),
    ]);
    root.extend(table("", defaults.table(), &comments));
    root.insert("allOf".to_owned(), where_used());
    let text = serde_json::to_string_pretty(&root).expect("JSON has a text");
    text + "\n"
}

/// What a table may hold. A placeholder stands for any name, and may stand there as it does in `config.toml`.
fn table(path: &str, defaults: &Dict, comments: &Comments) -> Map<String, Json> {
    let mut properties = Map::new();
    let mut schema = Map::from_iter([("type".to_owned(), json!("object"))]);
    for (name, default) in defaults {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let mut value = match default {
            Value::Dict(_, inner) => table(&path, inner, comments),
            default => form::of(&path, default),
        };
        if let Some(text) = comments.about(&path) {
            value.insert("description".to_owned(), json!(text));
        }
        let written = serde_json::to_value(default).expect("TOML fits into JSON");
        if is_placeholder(name) {
            properties.insert(name.clone(), json!({ "const": written }));
            schema.insert("patternProperties".to_owned(), json!({ schema::NAME_PATTERN: value }));
        } else {
            if default.as_dict().is_none() {
                value.insert("default".to_owned(), written);
            }
            properties.insert(name.clone(), Json::Object(value));
        }
    }
    schema.insert("properties".to_owned(), Json::Object(properties));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// What holds only for strategies that the file names, or that are the default: a section that nobody uses may contradict
/// itself.
fn where_used() -> Json {
    let names = json!({ "items": { "minLength": 1 } });
    json!([
        where_named(
            &["jwt"],
            &json!({ "issuers": names, "audiences": names, "leeway": duration::at_most_a_minute() })
        ),
        where_named(
            &["jwt", "session_cookie_cache"],
            &json!({ "algorithms": { "minItems": 1, "uniqueItems": true } })
        ),
    ])
}

/// What `[jwt]` holds where one of these strategies is named. Where none is, the condition holds, too, as `jwt` is the
/// default.
fn where_named(kinds: &[&str], jwt: &Json) -> Json {
    json!({
        "if": { "properties": { "strategies": { "contains": { "enum": kinds } } } },
        "then": { "properties": { "jwt": { "properties": jwt } } },
    })
}
