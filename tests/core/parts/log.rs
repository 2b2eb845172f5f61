//! Collects what is logged in one thread, whatever the level.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

/// One logged event: ` name=value` for each field, the message under the name `message`.
#[derive(Clone, Debug)]
pub struct Line {
    pub level: Level,
    pub target: String,
    pub text: String,
}

/// What this thread has logged since [`Log::collect`].
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Line>>>);

impl Log {
    /// Collects until the guard is dropped. Tests run their tasks in the thread they start in.
    pub fn collect() -> (Self, DefaultGuard) {
        let log = Self::default();
        let guard = tracing::subscriber::set_default(log.clone());
        (log, guard)
    }

    /// Takes everything out.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.0.lock().expect("unpoisoned"))
    }

    /// Takes everything out, and keeps what this crate has logged about credentials.
    pub fn judgements(&self) -> Vec<Line> {
        let mut lines = self.take();
        lines.retain(|line| line.target.starts_with("better_auth_verifier"));
        lines
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut text = String::new();
        span.record(&mut Text(&mut text));
        self.push(span.metadata(), text);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut text = String::new();
        values.record(&mut Text(&mut text));
        let line = Line { level: Level::TRACE, target: "span".into(), text };
        self.0.lock().expect("unpoisoned").push(line);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        self.push(event.metadata(), text);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Log {
    fn push(&self, metadata: &Metadata<'_>, text: String) {
        let line = Line { level: *metadata.level(), target: metadata.target().into(), text };
        self.0.lock().expect("unpoisoned").push(line);
    }
}

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes everything");
    }
}
