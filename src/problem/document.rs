use serde::Serialize;

use super::Problem;

/// A problem as it goes out (RFC 9457 section 3.1); absent members are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl<'a> Document<'a> {
    pub fn of(problem: &'a Problem) -> Self {
        let Problem { kind, detail, instance, request_id, .. } = problem;
        Self {
            kind: kind.uri(),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.as_deref(),
            instance: instance.as_deref(),
            request_id: request_id.as_ref().map(|id| &*id.0),
        }
    }
}
