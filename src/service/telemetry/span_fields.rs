use std::fmt;

use serde::Serializer;
use serde_json::{Map, Value};
use tracing::span::Record;
use tracing_serde::SerdeMapVisitor;
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FormatFields, FormattedFields, format::Writer},
};

/// Writes the fields of a span as JSON.
///
/// Each request opens a span, though few log anything in it. The subscriber's own `JsonFields` makes a tree of values
/// first and writes it piece by piece.
pub struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        writer.write_str(&json(fields)?)
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
        let mut all = read(&current.fields);
        all.extend(read(&json(fields)?));
        current.fields = Value::Object(all).to_string();
        Ok(())
    }
}

fn json(fields: impl RecordFields) -> Result<String, fmt::Error> {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut text);
    let mut visitor = SerdeMapVisitor::new(serializer.serialize_map(None).map_err(|_| fmt::Error)?);
    fields.record(&mut visitor);
    visitor.finish().map_err(|_| fmt::Error)?;
    String::from_utf8(text).map_err(|_| fmt::Error)
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use parking_lot::Mutex;
    use serde_json::json;
    use tracing::field::Empty;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_the_fields_of_its_span_and_those_it_learnt_later() {
        let lines = Lines::default();
        let written = lines.clone();
        let lines_of_json = tracing_subscriber::fmt().json().fmt_fields(SpanFields);
        let subscriber = lines_of_json.with_writer(move || written.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", path = "/\"\n\u{1b}", status = Empty);
            span.record("status", 200);
            span.in_scope(|| tracing::info!("answered"));
        });
        let line: Value = serde_json::from_slice(&lines.0.lock()).expect("one line of JSON");
        assert_eq!(line["span"], json!({ "path": "/\"\n\u{1b}", "status": 200, "name": "request" }));
    }
}
