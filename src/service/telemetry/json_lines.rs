use std::fmt;

use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
    },
    registry::LookupSpan,
};

use crate::service::current_request::CurrentRequest;

/// One JSON object a line, which ends with the request it is about: its id as the answer names it, method and path.
pub struct JsonLines(Format<Json>);

impl Default for JsonLines {
    fn default() -> Self {
        let format = Format::default().json().flatten_event(true).with_target(true);
        Self(format.with_current_span(false).with_span_list(false))
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let request = CurrentRequest::with(
            |request| json!({ "requestId": &*request.id().0, "method": request.method(), "path": request.path() }),
        );
        let request = request.map(|request| request.to_string());
        let members = request.as_deref().and_then(|request| request.strip_prefix('{'));
        match (members, line.trim_end().strip_suffix('}')) {
            (Some(members), Some(open)) => writeln!(writer, "{open},{members}"),
            _ => writer.write_str(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::Request;
    use serde_json::Value;

    use super::*;
    use crate::{problem::RequestId, service::telemetry::text_lines::tests::written};

    #[tokio::test]
    async fn a_line_says_which_request_it_is_about() {
        let request = Request::builder().uri_str("/%22/caf%C3%A9?token=secret").finish();
        let text = written(JsonLines::default(), || async {
            tracing::info!(number = 7, "before");
            let current = CurrentRequest::new(RequestId("a-name".into()), &request);
            current.during(async { tracing::info!("\"{}\"", "within\n\u{1b}") }).await;
        });
        let lines: Vec<Value> =
            text.await.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let [before, within] = &*lines else { panic!("{lines:?}") };
        assert_eq!(
            (&before["message"], &before["number"], &before["requestId"]),
            (&"before".into(), &7.into(), &Value::Null)
        );
        assert_eq!(
            (&within["requestId"], &within["method"], &within["path"]),
            (&"a-name".into(), &"GET".into(), &"/%22/caf%C3%A9".into())
        );
        assert!(within["target"].as_str().is_some_and(|target| target.starts_with("better_auth_verifier")));
        assert_eq!((&within["message"], &within["level"]), (&"\"within\n\u{1b}\"".into(), &"INFO".into()));
    }
}
