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

/// What a terminal takes of a line, in canonical mode. It throws the rest away without a word.
const TERMINAL_LINE: usize = 4095;

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
    let is_terminal = stdin.is_terminal();
    if is_terminal {
        let _ = writeln!(
            io::stderr(),
            "Paste a token, a Cookie or Authorization line, a request's head or a curl line, then press Ctrl-D."
        );
    }
    let mut text = Vec::new();
    stdin.take(MAX_INPUT as u64 + 1).read_to_end(&mut text).context("standard input")?;
    if is_terminal && let Some(line) = cut_line(&text) {
        bail!(
            "standard input: line {line} has {TERMINAL_LINE} bytes, which is where a terminal cuts a pasted line off, so its end is \
             probably missing. Copy it again and pipe it: `pbpaste | better-auth-verifier explain` (or xclip -o, wl-paste), or \
             save it to a file: `better-auth-verifier explain < request.txt`"
        );
    }
    if text.len() > MAX_INPUT {
        bail!("standard input: more than {MAX_INPUT} bytes: expected one token, header, head or curl line");
    }
    String::from_utf8(text).ok().context("standard input: expected UTF-8 text")
}

/// The number of the first line that a terminal has cut off.
fn cut_line(text: &[u8]) -> Option<usize> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.zip(1..).find(|(line, _)| line.len() >= TERMINAL_LINE).map(|(_, number)| number)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fills_a_terminal_is_a_cut_one() {
        let line = |length| "a".repeat(length);
        for length in [TERMINAL_LINE, TERMINAL_LINE + 1] {
            assert_eq!(cut_line(format!("GET / HTTP/1.1\n{}\n", line(length)).as_bytes()), Some(2));
            assert_eq!(cut_line(line(length).as_bytes()), Some(1));
        }
        let whole = format!("{0}\n{0}\n", line(TERMINAL_LINE - 1));
        assert_eq!(cut_line(whole.as_bytes()), None);
    }
}
