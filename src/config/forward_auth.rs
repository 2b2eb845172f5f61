use std::collections::BTreeSet;

use figment::value::Dict;

use super::{Config, Requirement, StrategyKind, reader::Reader};
use crate::policy::Policy;

const PROFILES: &str = "forward_auth.profiles";

/// The profiles that proxies may ask for, by name: `/forward-auth/{name}`.
#[derive(Clone, Debug)]
pub struct ForwardAuth {
    /// By their names; there may be none.
    pub profiles: Vec<Profile>,
}

/// The requirements for callers of one API, and the assertions that the API gets.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name in the path.
    pub name: String,
    /// The requirements, all of which a caller has to satisfy.
    pub require: Vec<Requirement>,
    /// Whether guests pass. A credential that is refused does not.
    pub optional: bool,
    /// The audience of its assertions, if it has any.
    pub audience: Option<String>,
    /// The header that carries them.
    pub assertion_header: AssertionHeader,
}

/// Where an assertion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionHeader {
    /// `X-Auth-Assertion`.
    Own,
    /// `Authorization`, behind `Bearer`.
    Authorization,
}

impl ForwardAuth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let names = reader.get::<Dict>(PROFILES).into_keys();
        Self { profiles: names.map(|name| Profile::read(reader, name)).collect() }
    }

    /// Whether any profile hands out assertions.
    #[must_use]
    pub fn has_assertions(&self) -> bool {
        self.profiles.iter().any(|profile| profile.audience.is_some())
    }

    pub(super) fn check(&self, reader: &mut Reader, config: &Config) {
        if !self.profiles.is_empty() && config.server.trusted_proxies.is_empty() {
            reader.warn(
                "server.trusted_proxies is empty, so /forward-auth answers 403 to everybody: list the address from which your \
                 proxy asks",
            );
        }
        for profile in &self.profiles {
            profile.warn_of_strategies_without_sessions(reader, &config.strategies);
        }
        for (at, profile) in self.profiles.iter().enumerate() {
            let others = &self.profiles[..at];
            if let Some(other) = others.iter().find(|other| profile.could_pass_for(other)) {
                let name = &other.name;
                let expected = format!(
                    "another audience than that of the profile `{name}`, which requires something else: an API could not tell \
                     their assertions apart"
                );
                reader.fault(&format!("{PROFILES}.{}.assertion", profile.name), &expected);
            }
        }
    }
}

impl Profile {
    fn read(reader: &mut Reader, name: String) -> Self {
        let key = |part: &str| format!("{PROFILES}.{name}.{part}");
        Self {
            require: reader.list(&key("require"), Requirement::parse),
            optional: reader.get(&key("optional")),
            audience: reader.optional(&key("assertion"), "empty, or an audience without blanks", audience),
            assertion_header: reader.parse(
                &key("assertion_header"),
                "\"X-Auth-Assertion\" or \"Authorization\"",
                AssertionHeader::parse,
            ),
            name,
        }
    }

    fn warn_of_strategies_without_sessions(&self, reader: &mut Reader, strategies: &[StrategyKind]) {
        let sessionless: Vec<_> = strategies.iter().filter(|kind| !kind.facts().has_sessions).collect();
        for required in self.require.iter().filter(|required| required.needs_session) {
            for kind in &sessionless {
                let (name, required) = (&self.name, &required.text);
                reader.warn(format!(
                    "{PROFILES}.{name}.require: {required:?} needs a session, and credentials of {kind} have none: this profile \
                     answers 403 to all of them"
                ));
            }
        }
    }

    /// Whether an assertion of this profile would be taken for one of the other, which requires something else.
    fn could_pass_for(&self, other: &Self) -> bool {
        self.audience.is_some() && self.audience == other.audience && self.required() != other.required()
    }

    /// Its requirements, in whatever order and spelling they are written.
    fn required(&self) -> BTreeSet<&str> {
        self.require.iter().map(|requirement| requirement.policy.name()).collect()
    }
}

impl AssertionHeader {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("X-Auth-Assertion") {
            Some(Self::Own)
        } else {
            text.eq_ignore_ascii_case("Authorization").then_some(Self::Authorization)
        }
    }
}

fn audience(text: &str) -> Option<String> {
    (!text.contains(char::is_whitespace)).then(|| text.to_owned())
}
