use std::{collections::BTreeMap, fmt};

use figment::value::{Dict, Value};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `config.toml`, as it is compiled in.
    Defaults,
    /// A file, by its path.
    File(String),
    /// An environment variable, by its name.
    Variable(String),
    /// What an app sets itself.
    Code,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Defaults => "the defaults",
            Self::Code => "the app's code",
            Self::File(name) | Self::Variable(name) => name,
        })
    }
}

impl Source {
    /// Its name in a sentence.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Variable(name) => format!("environment variable {name}"),
            Self::Defaults | Self::File(_) | Self::Code => self.to_string(),
        }
    }
}

/// Where the value of each key came from.
#[derive(Clone, Default)]
pub(super) struct Sources(BTreeMap<String, Source>);

impl Sources {
    pub fn get(&self, key: &str) -> Option<&Source> {
        self.0.get(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.0.iter().map(|(key, source)| (key.as_str(), source))
    }

    /// Records this source for all of `values`.
    pub fn set(&mut self, source: &Source, values: &Dict) {
        for key in keys("", values) {
            self.0.insert(key, source.clone());
        }
    }

    /// Forgets these keys.
    pub fn forget(&mut self, which: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| !which(key));
    }

    /// Values without another source come from the defaults.
    pub fn set_defaults(&mut self, defaults: &Dict) {
        for key in keys("", defaults) {
            self.0.entry(key).or_insert(Source::Defaults);
        }
    }
}

/// Left out: sources say little beside the values themselves.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources(..)")
    }
}

/// The paths of all values that are no tables.
fn keys(parent: &str, values: &Dict) -> Vec<String> {
    let keys = |(name, value): (&String, &Value)| match value {
        Value::Dict(_, inner) => keys(&format!("{parent}{name}."), inner),
        _ => vec![format!("{parent}{name}")],
    };
    values.iter().flat_map(keys).collect()
}
