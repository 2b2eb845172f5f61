use poem::http::StatusCode;
use serde_json::Value;

use crate::problem::{Kind, Problem, RequestId};

/// How this service names a request.
pub const REQUEST_ID: &str = "01a21de1e1d57001801fcd6ea488eca1";

/// Every problem that this status may mean: its title and the document of it, as it goes out.
pub fn examples(status: StatusCode) -> Vec<(String, Value)> {
    let mut kinds: Vec<_> = Kind::ALL.iter().copied().filter(|kind| kind.status() == status).collect();
    if kinds.is_empty() {
        kinds.push(Kind::Other(status));
    }
    let request_id = RequestId(REQUEST_ID.into());
    let examples = kinds.into_iter().map(|kind| {
        let body = Problem::new(kind).with_instance("/api/todos", Some(&request_id)).body();
        (kind.title().to_owned(), serde_json::from_str(&body).unwrap_or_default())
    });
    examples.collect()
}
