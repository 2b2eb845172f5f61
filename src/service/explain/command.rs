use std::io::{self, IsTerminal, Read, Write};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};

use super::{Explainer, MAX_INPUT, Pasted};
use crate::{
    app::{cut_off_store::CutOffStore, lifecycle::Lifecycle, own_tables::OwnTables},
    clock::Clock,
    config::Config,
    database::Access,
    revocation::Revocations,
};

/// In what form an explanation is printed.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Explains the credential on standard input, on standard output. As of `at`, or of now.
///
/// # Errors
///
/// What keeps it from explaining: a text that is nothing known, or a strategy that cannot be built, such as one whose table is
/// missing. A credential that is refused is explained.
pub async fn explain(config: Config, form: Form, at: Option<DateTime<Utc>>) -> anyhow::Result<()> {
    let pasted = Pasted::read(&read(io::stdin())?).context("standard input")?;
    let lifecycle = Lifecycle::default();
    let revocations = Revocations::default();
    let mut remarks = Vec::new();
    // First: strategies decide nothing before the cut-offs are known.
    remarks.extend(cut_offs(&config, &revocations).await);
    let chain = Box::pin(config.chain(&revocations, &lifecycle.spawner(), None)).await?;
    let explainer = Explainer::new(config, chain, at.map_or(Clock::System, Clock::Fixed));
    let mut explanation = explainer.explain_request(pasted).await;
    explanation.remarks.extend(remarks);
    lifecycle.stop();
    let mut stdout = io::stdout();
    match form {
        Form::Text => write!(stdout, "{explanation}")?,
        Form::Json => writeln!(stdout, "{}", serde_json::to_string_pretty(&explanation)?)?,
    }
    Ok(())
}

/// What was pasted or piped.
fn read(stdin: io::Stdin) -> anyhow::Result<String> {
    if stdin.is_terminal() {
        let _ = writeln!(
            io::stderr(),
            "Paste a token, a Cookie or Authorization line, a request's head or a curl line, then press Ctrl-D."
        );
    }
    let mut text = Vec::new();
    stdin.take(MAX_INPUT as u64 + 1).read_to_end(&mut text).context("standard input")?;
    if text.len() > MAX_INPUT {
        bail!("standard input: more than {MAX_INPUT} bytes: expected one token, header, head or curl line");
    }
    String::from_utf8(text).ok().context("standard input: expected UTF-8 text")
}

/// Reads whose tokens were cut off, where that is kept. Says why not, if that fails: tokens that could be cut off are then
/// undecidable, as for any request.
async fn cut_offs(config: &Config, revocations: &Revocations) -> Option<String> {
    if !config.revocation.persist {
        return None;
    }
    let unkept = revocations.keep();
    let database = OwnTables::open_for(Access::Read, &config.database.url, CutOffStore::TIMEOUT);
    let store = CutOffStore::new(database, config.database.url.clone());
    match store.tell(revocations).await {
        Ok(()) => {
            unkept.complete();
            None
        }
        Err(error) => Some(format!("database.url: the cut-offs that are kept there cannot be read: {error}")),
    }
}
