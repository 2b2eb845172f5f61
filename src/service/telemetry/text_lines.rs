use std::fmt;

use anstyle::{AnsiColor, Style};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use crate::service::current_request::CurrentRequest;

/// A line of text: when, how bad, which request it is about, and what happened.
pub struct TextLines;

impl<S, N> FormatEvent<S, N> for TextLines
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
        let style =
            |style: Style, writer: &Writer<'_>| if writer.has_ansi_escapes() { style } else { Style::new() };
        let dimmed = style(Style::new().dimmed(), &writer);
        write!(writer, "{dimmed}")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "{dimmed:#} ")?;
        let level = *event.metadata().level();
        let colour = style(colour(level), &writer);
        write!(writer, "{colour}{level:>5}{colour:#} ")?;
        let bold = style(Style::new().bold(), &writer);
        CurrentRequest::with(|request| {
            let (id, method, path) = (&*request.id().0, request.method(), request.path());
            write!(
                writer,
                "{bold}request{{{bold:#}id={id:?} method={method:?} path={path:?}{bold}}}{bold:#}: "
            )
        })
        .transpose()?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

fn colour(level: Level) -> Style {
    let colour = match level {
        Level::ERROR => AnsiColor::Red,
        Level::WARN => AnsiColor::Yellow,
        Level::INFO => AnsiColor::Green,
        Level::DEBUG => AnsiColor::Blue,
        Level::TRACE => AnsiColor::Magenta,
    };
    colour.on_default()
}

#[cfg(test)]
pub mod tests {
    use std::{io, sync::Arc};

    use parking_lot::Mutex;
    use poem::Request;
    use tracing::instrument::WithSubscriber;
    use tracing_subscriber::{Registry, fmt::format::DefaultFields};

    use super::*;
    use crate::problem::RequestId;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What work logs in this format.
    pub async fn written<W: Future<Output = ()>>(
        format: impl FormatEvent<Registry, DefaultFields> + Send + Sync + 'static,
        work: impl FnOnce() -> W,
    ) -> String {
        let written = Written::default();
        let into = written.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).event_format(format);
        let subscriber = subscriber.with_writer(move || into.clone()).finish();
        work().with_subscriber(subscriber).await;
        let text = written.0.lock().clone();
        String::from_utf8(text).expect("text")
    }

    #[tokio::test]
    async fn a_line_says_which_request_it_is_about() {
        let request = Request::builder().uri_str("/%22?token=secret").finish();
        let text = written(TextLines, || async {
            tracing::warn!(number = 7, "before");
            let current = CurrentRequest::new(RequestId("a-name".into()), &request);
            current.during(async { tracing::info!("within") }).await;
        })
        .await;
        let lines: Vec<_> = text.lines().map(|line| line.split_once("Z ").expect("a time").1).collect();
        assert_eq!(
            lines,
            [" WARN before number=7", r#" INFO request{id="a-name" method="GET" path="/%22"}: within"#]
        );
    }
}
