use chrono::{DateTime, Utc};
use serde::Serialize;

/// What there is to say about one credential. Holds neither a token nor a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What the input was read as.
    pub read_as: String,
    /// The time as of which it was judged.
    pub judged_at: DateTime<Utc>,
    /// What somebody should know of the input or of this judgement.
    pub remarks: Vec<String>,
    /// What was presented; absent where nothing was, or where it cannot be read.
    pub credential: Option<Contents>,
    /// Every strategy, in order of trust.
    pub strategies: Vec<Claim>,
    /// What was checked, in order.
    pub steps: Vec<Line>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Who is calling, if that is known.
    pub identity: Option<Known>,
    /// What the profiles of forward-auth say.
    pub profiles: Vec<ProfileAnswer>,
}

/// What a credential is, and what it says of itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Where it was found: `authorization`, `header`, `api_key`, `cookie`.
    pub carrier: &'static str,
    /// The cookie's name, where it was in one.
    pub cookie: Option<String>,
    /// What it looks like.
    pub form: String,
    /// As the log writes it.
    pub fingerprint: String,
    /// What it says of itself. Anybody may have written that.
    pub unverified: Vec<Said>,
}

/// One thing that a credential says of itself.
#[derive(Debug, Serialize)]
pub struct Said {
    pub name: String,
    pub value: String,
}

/// Whether a strategy claims the credential.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub strategy: &'static str,
    pub claims: bool,
    /// Why it does not, or why it was not asked.
    pub because: Option<String>,
}

/// One step of the judgement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Whose step it is; absent while the credential is read.
    pub strategy: Option<&'static str>,
    /// What was checked, or what happened.
    pub what: String,
    pub outcome: Outcome,
    /// The cause as it stands in the log.
    pub cause: Option<&'static str>,
    pub found: Option<String>,
    pub expected: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Passed,
    Failed,
    /// It is no check.
    Note,
}

/// What the judgement comes to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// `verified`, `refused`, `undecidable`, `missing` or `malformed`.
    pub outcome: &'static str,
    /// What a route answers that needs somebody.
    pub status: u16,
    /// The cause as it stands in the log.
    pub cause: Option<&'static str>,
    /// Who decided.
    pub strategy: Option<&'static str>,
    /// What that means.
    pub meaning: String,
    /// What to do about it.
    pub remedies: Vec<String>,
}

/// A verified caller.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    pub user_id: String,
    pub role: Option<String>,
    pub email_verified: bool,
    pub session_id: Option<String>,
    pub impersonated_by: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// What a profile of forward-auth answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileAnswer {
    pub profile: String,
    pub status: u16,
    pub because: String,
    /// Each policy that it requires, where the caller is known.
    pub policies: Vec<PolicyAnswer>,
}

/// What a policy decides.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswer {
    /// As it is configured.
    pub policy: String,
    pub permits: bool,
    /// Why it does not permit.
    pub because: Option<String>,
}
