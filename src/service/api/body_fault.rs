//! What is wrong with a body, in words, by the schema that the contract shows.

use chrono::{DateTime, Utc};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, Type},
};
use regex::Regex;
use serde_json::{Map, Value};

/// Says what is wrong with a body that was refused with this error. Of what the client sent it repeats only names.
pub fn body_fault<T: Type>(body: &Value, error: &ParseError<T>) -> String {
    let mut registry = Registry::new();
    T::register(&mut registry);
    let fault = Schemas(registry).fault("", body, &T::schema_ref());
    fault.unwrap_or_else(|| unframed(error.message()).to_owned())
}

/// The generator's words without the names of this program's types around them: `failed to parse "NewTodo": …`.
fn unframed(message: &str) -> &str {
    message
        .strip_prefix("failed to parse ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(message, |(_, rest)| rest)
}

struct Schemas(Registry);

impl Schemas {
    /// What is wrong with the member at `path`, which is empty for the body itself.
    fn fault(&self, path: &str, value: &Value, schema: &MetaSchemaRef) -> Option<String> {
        let schema = self.resolved(schema)?;
        match (schema.ty, value) {
            (_, Value::Null) if schema.nullable => None,
            ("object", Value::Object(members)) => self.member_fault(path, members, schema),
            ("string", Value::String(text)) => text_fault(text, schema).map(|fault| named(path) + &fault),
            ("boolean", Value::Bool(_)) => None,
            (expected, found) => {
                Some(format!("{} must be {}, not {}", named(path), kind(expected)?, kind_of(found)))
            }
        }
    }

    fn member_fault(&self, path: &str, members: &Map<String, Value>, schema: &MetaSchema) -> Option<String> {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if let Some(name) = schema.required.iter().find(|name| !members.contains_key(**name)) {
            return Some(named(&below(name)) + " is missing");
        }
        let mut properties = schema.properties.iter();
        properties.find_map(|(name, schema)| self.fault(&below(name), members.get(*name)?, schema))
    }

    /// A reference with a description of its own stands beside that.
    fn resolved<'a>(&'a self, schema: &'a MetaSchemaRef) -> Option<&'a MetaSchema> {
        match schema {
            MetaSchemaRef::Reference(name) => self.0.schemas.get(name),
            MetaSchemaRef::Inline(schema) => {
                schema.all_of.first().map_or(Some(schema), |reference| self.resolved(reference))
            }
        }
    }
}

fn named(path: &str) -> String {
    if path.is_empty() { "The body".into() } else { format!("`{path}`") }
}

fn text_fault(text: &str, schema: &MetaSchema) -> Option<String> {
    let length = text.chars().count();
    let is_misfit = |pattern: &String| Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text));
    if text.is_empty() && schema.min_length > Some(0) {
        Some(" must not be empty".into())
    } else if let Some(least) = schema.min_length.filter(|least| length < *least) {
        Some(format!(" must have at least {least} characters, and has {length}"))
    } else if let Some(most) = schema.max_length.filter(|most| length > *most) {
        Some(format!(" must have at most {most} characters, and has {length}"))
    } else if text.contains('\0') {
        Some(" must not contain the character NUL".into())
    } else if schema.pattern.as_ref().is_some_and(is_misfit) {
        // Nobody reads patterns; what they stand for is in the description.
        Some(format!(" is not as described: {}", schema.description.unwrap_or_default()))
    } else if !schema.enum_items.is_empty() && !schema.enum_items.iter().any(|item| item == text) {
        let items: Vec<_> = schema.enum_items.iter().filter_map(Value::as_str).collect();
        Some(format!(" must be one of: {}", items.join(", ")))
    } else if schema.format == Some("date-time") && text.parse::<DateTime<Utc>>().is_err() {
        Some(" must be a time such as 2026-01-01T00:00:00.000Z".into())
    } else {
        None
    }
}

fn kind(schema_type: &str) -> Option<&'static str> {
    match schema_type {
        "object" => Some("a JSON object"),
        "string" => Some("text"),
        "boolean" => Some("true or false"),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a JSON object",
    }
}
