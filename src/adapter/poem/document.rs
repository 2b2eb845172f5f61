use poem_openapi::Object;

use super::uri::Uri;

// Its schema: `problem::document` writes the document itself.
/// Problem details (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct Document {
    /// A stable URI for the kind of problem. Later versions may add some.
    #[oai(rename = "type")]
    kind: Uri,
    /// What the kind means, for people.
    title: String,
    /// The status of the answer.
    #[oai(validator(minimum(value = "400"), maximum(value = "599")))]
    status: u16,
    /// What is wrong with this request in particular.
    detail: Option<String>,
    /// The path that was asked for.
    instance: Option<String>,
    /// Names this request in the log.
    request_id: Option<String>,
}
