//! Policies, as a configuration names them.

use std::time::Duration;

use super::json_schema;
use crate::policy::{AnyPolicy, Fresh, InRole, NotImpersonated, VerifiedEmail};

/// A policy that a configuration can name.
struct Known {
    /// How it is written.
    form: &'static str,
    /// What its text looks like, as a pattern.
    pattern: fn() -> String,
    /// Whether it depends on the session.
    needs_session: bool,
    /// Makes a policy of the text behind the colon.
    make: fn(Option<&str>) -> Option<AnyPolicy>,
}

/// All of them. To add a policy, add its line.
const KNOWN: [Known; 4] = [
    Known {
        form: "verified_email",
        pattern: || "verified_email".to_owned(),
        needs_session: false,
        make: |argument| alone(argument, AnyPolicy::new(VerifiedEmail)),
    },
    Known {
        form: "not_impersonated",
        pattern: || "not_impersonated".to_owned(),
        needs_session: true,
        make: |argument| alone(argument, AnyPolicy::new(NotImpersonated)),
    },
    Known {
        form: "role:NAME",
        pattern: || r"role:[^\s,]([^,]*[^\s,])?".to_owned(),
        needs_session: false,
        make: |argument| role(argument?).map(|role| AnyPolicy::new(InRole::new(role))),
    },
    Known {
        form: "fresh:AGE",
        pattern: || format!("fresh:{}", json_schema::age()),
        needs_session: true,
        make: |argument| age(argument?).map(|age| AnyPolicy::new(Fresh::within(age))),
    },
];

/// A policy that a caller has to satisfy, and how it was written.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// As the configuration has it: `role:admin`.
    pub text: String,
    /// The policy itself.
    pub policy: AnyPolicy,
    /// Whether it depends on the session: no other credential satisfies it.
    pub needs_session: bool,
}

impl Requirement {
    /// Reads one, or says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let known =
            KNOWN.iter().find(|known| known.form.split(':').next() == Some(name)).ok_or_else(expected)?;
        let policy = (known.make)(argument).ok_or_else(expected)?;
        Ok(Self { text: text.to_owned(), policy, needs_session: known.needs_session })
    }
}

/// What their texts look like, each as a pattern.
pub(super) fn patterns() -> Vec<String> {
    KNOWN.iter().map(|known| (known.pattern)()).collect()
}

fn expected() -> String {
    let forms = KNOWN.map(|known| format!("\"{}\"", known.form));
    format!("one of {} (NAME such as admin, AGE in whole seconds, such as 1h)", forms.join(", "))
}

fn alone(argument: Option<&str>, policy: AnyPolicy) -> Option<AnyPolicy> {
    argument.is_none().then_some(policy)
}

/// Better Auth separates the roles of a user by commas.
fn role(text: &str) -> Option<&str> {
    (!text.is_empty() && text.trim() == text && !text.contains(',')).then_some(text)
}

/// In whole seconds, by which the policy is named.
fn age(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|age| !age.is_zero() && age.subsec_nanos() == 0)
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
            "fresh:500ms",
            "fresh:1s500ms",
            "fresh:x",
        ] {
            let expected = Requirement::parse(text).expect_err(text);
            assert!(expected.contains("\"role:NAME\", \"fresh:AGE\""), "{expected}");
        }
    }
}
