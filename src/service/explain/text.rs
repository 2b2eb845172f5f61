//! An explanation for people.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Claim, Contents, Explanation, Known, Line, PolicyAnswer, ProfileAnswer, Verdict,
    explanation::{Outcome, Said},
};

/// The width of what stands before an entry.
const WIDTH: usize = 22;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        entry(f, "Read as", &self.read_as)?;
        entry(f, "Judged as of", &self.judged_at.to_string())?;
        for remark in &self.remarks {
            entry(f, "Note", remark)?;
        }
        if let Some(contents) = &self.credential {
            contents.write(f)?;
        }
        if !self.strategies.is_empty() {
            f.write_str("\nStrategies, in order of trust\n")?;
            self.strategies.iter().try_for_each(|claim| claim.write(f))?;
        }
        if !self.steps.is_empty() {
            f.write_str("\nChecks\n")?;
            self.steps.iter().try_for_each(|line| line.write(f))?;
        }
        self.verdict.write(f)?;
        if let Some(known) = &self.identity {
            known.write(f)?;
        }
        if !self.profiles.is_empty() {
            f.write_str("\nForward-auth\n")?;
            self.profiles.iter().try_for_each(|answer| answer.write(f))?;
        }
        Ok(())
    }
}

/// A name and what there is to say of it. Control characters, which a stranger may have written, stay visible and harmless.
fn entry(f: &mut Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    write!(f, "{name:<WIDTH$} ")?;
    for one in text.chars() {
        if one.is_control() { write!(f, "{}", one.escape_default())? } else { f.write_char(one)? }
    }
    f.write_char('\n')
}

fn indented(f: &mut Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    entry(f, &format!("  {name}"), text)
}

impl Contents {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let cookie = self.cookie.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        entry(f, "Credential", &format!("{} in the carrier {}{cookie}", self.form, self.carrier))?;
        entry(f, "Fingerprint", &format!("{} (as in the log)", self.fingerprint))?;
        if !self.unverified.is_empty() {
            f.write_str("\nWhat it says of itself: UNVERIFIED, anybody may have written it\n")?;
        }
        self.unverified.iter().try_for_each(|Said { name, value }| indented(f, name, value))
    }
}

impl Claim {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let claims = if self.claims { "claims it" } else { "does not claim it" };
        let because = self.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
        indented(f, self.strategy, &format!("{claims}{because}"))
    }
}

impl Line {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = match self.outcome {
            Outcome::Passed => format!("passed  {}", self.what),
            Outcome::Failed => format!("FAILED  {} ({})", self.what, self.cause.unwrap_or("unknown")),
            Outcome::Note => format!("        {}", self.what),
        };
        for (name, value) in [("found", &self.found), ("expected", &self.expected)] {
            let Some(value) = value else { continue };
            let separator = if name == "found" { ": " } else { "; " };
            let _ = write!(text, "{separator}{name} {value}");
        }
        indented(f, self.strategy.unwrap_or("request"), &text)
    }
}

impl Verdict {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let by = self.strategy.map(|strategy| format!(" by {strategy}")).unwrap_or_default();
        let cause = self.cause.filter(|cause| *cause != self.outcome);
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        f.write_char('\n')?;
        entry(f, "Verdict", &format!("{}{by}{cause}. The answer is {}", self.outcome, self.status))?;
        entry(f, "Meaning", &self.meaning)?;
        self.remedies.iter().try_for_each(|remedy| entry(f, "What to do", remedy))
    }
}

impl Known {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\nWho is calling\n")?;
        indented(f, "user", &self.user_id)?;
        indented(f, "role", self.role.as_deref().unwrap_or("none"))?;
        indented(f, "e-mail", if self.email_verified { "verified" } else { "not verified" })?;
        indented(f, "session", self.session_id.as_deref().unwrap_or("none"))?;
        if let Some(admin) = &self.impersonated_by {
            indented(f, "impersonated by", admin)?;
        }
        indented(f, "until", &self.expires_at.to_string())
    }
}

impl ProfileAnswer {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        indented(f, &self.profile, &format!("{}: {}", self.status, self.because))?;
        for PolicyAnswer { policy, permits, because } in &self.policies {
            let outcome = match because {
                Some(because) if !permits => format!("{policy}: {because}"),
                _ => format!("{policy}: permits"),
            };
            indented(f, "", &outcome)?;
        }
        Ok(())
    }
}
