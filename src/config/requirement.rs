//! Policies, as a configuration names them.

use std::time::Duration;

use crate::policy::{AnyPolicy, Fresh, InRole, NotImpersonated, VerifiedEmail};

/// How a policy is written, and what makes one of what stands behind its colon.
type Known = (&'static str, fn(Option<&str>) -> Option<AnyPolicy>);

/// All of them. To add a policy, add its line.
const KNOWN: [Known; 4] = [
    ("verified_email", |argument| alone(argument, AnyPolicy::new(VerifiedEmail))),
    ("not_impersonated", |argument| alone(argument, AnyPolicy::new(NotImpersonated))),
    ("role:NAME", |argument| role(argument?).map(|role| AnyPolicy::new(InRole::new(role)))),
    ("fresh:AGE", |argument| age(argument?).map(|age| AnyPolicy::new(Fresh::within(age)))),
];

/// A policy that a caller has to satisfy, and how it was written.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// As the configuration has it: `role:admin`.
    pub text: String,
    /// What it means.
    pub policy: AnyPolicy,
}

impl Requirement {
    /// Reads one, or says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let known = KNOWN.iter().find(|(form, _)| form.split(':').next() == Some(name));
        let policy = known.and_then(|(_, make)| make(argument));
        policy.map(|policy| Self { text: text.to_owned(), policy }).ok_or_else(expected)
    }
}

fn expected() -> String {
    let forms = KNOWN.map(|(form, _)| format!("\"{form}\""));
    format!("one of {} (NAME such as admin, AGE such as 1h)", forms.join(", "))
}

fn alone(argument: Option<&str>, policy: AnyPolicy) -> Option<AnyPolicy> {
    argument.is_none().then_some(policy)
}

/// Better Auth separates the roles of a user by commas.
fn role(text: &str) -> Option<&str> {
    (!text.is_empty() && text.trim() == text && !text.contains(',')).then_some(text)
}

fn age(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|age| !age.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn a_policy_is_a_name_and_what_it_is_about() {
        for (text, name) in [
            ("verified_email", "verified_email"),
            ("not_impersonated", "not_impersonated"),
            ("role:admin", "role:admin"),
            ("role:urn:x", "role:urn:x"),
            ("fresh:1h", "fresh:3600s"),
        ] {
            assert_eq!(
                Requirement::parse(text).map(|required| required.policy.name().to_owned()),
                Ok(name.into())
            );
        }
        for text in [
            "",
            "admin",
            "verified_email:",
            "role",
            "role:",
            "role:a,b",
            "role: a",
            "fresh",
            "fresh:0s",
            "fresh:x",
        ] {
            let expected = Requirement::parse(text).expect_err(text);
            assert!(expected.contains("\"role:NAME\", \"fresh:AGE\""), "{expected}");
        }
    }
}
