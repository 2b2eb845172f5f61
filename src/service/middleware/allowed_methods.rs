use poem::{
    Error,
    error::MethodNotAllowedError,
    http::{HeaderValue, header},
};
use serde_json::Value;

use crate::problem::{Kind, Problem};

/// Adds the `Allow` header that a 405 must have (RFC 9110 section 15.5.6), read off the contract.
pub struct AllowedMethods(Vec<(String, HeaderValue)>);

impl AllowedMethods {
    /// Reads the methods of every path of an OpenAPI document.
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(paths.map(|(path, item)| (path.clone(), methods(item))).collect())
    }

    /// The paths, of which a part may be a placeholder.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(template, _)| template.as_str())
    }

    /// Adds them to the error of a request for `path`, if its method is what was wrong.
    pub fn explain(&self, error: Error, path: &str) -> Error {
        if error.is::<MethodNotAllowedError>() {
            Problem::new(Kind::MethodNotAllowed).with_header(header::ALLOW, self.at(path)).into()
        } else {
            error
        }
    }

    /// What may be asked of a path; paths that the contract does not list are pages.
    fn at(&self, path: &str) -> HeaderValue {
        let found = self.0.iter().find(|(template, _)| Self::matches(template, path));
        found.map_or(HeaderValue::from_static("GET, HEAD"), |(_, methods)| methods.clone())
    }

    /// Whether a path is of a template: `/api/todos/{id}` matches `/api/todos/1`.
    pub fn matches(template: &str, path: &str) -> bool {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                (None, None) => return true,
                (Some(expected), Some(found)) if expected == found || expected.starts_with('{') => {}
                _ => return false,
            }
        }
    }
}

fn methods(item: &Value) -> HeaderValue {
    let names = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
    let mut names: Vec<String> = names.collect();
    if names.iter().any(|name| name == "GET") {
        names.push("HEAD".into());
    }
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn methods_are_found_by_template() {
        let document = json!({"paths": {
            "/api/todos": {"get": {}, "post": {}},
            "/api/todos/{id}": {"delete": {}},
        }});
        let allowed = AllowedMethods::of(&document);
        assert_eq!(allowed.at("/api/todos"), "GET, POST, HEAD");
        assert_eq!(allowed.at("/api/todos/7"), "DELETE");
        assert_eq!(allowed.at("/docs"), "GET, HEAD");
    }
}
