//! One source over the other, each checked against the schema before it counts.

use std::{fs, io::ErrorKind, path::Path};

use figment::{
    Figment, Profile, Provider,
    providers::{Format, Serialized, Toml},
    value::{Dict, Value},
};

use super::{
    fault::{Fault, Warning},
    schema::Schema,
    source::{Source, Sources},
};

/// The sources read so far.
pub(super) struct Layers {
    pub schema: Schema,
    /// The defaults, overlaid by each source. As each layer is checked first, every key is here, with its type.
    pub merged: Figment,
    pub sources: Sources,
    /// The origins of `FRONTEND_URL`, which is no key but is added to two.
    pub frontend: Vec<String>,
    pub faults: Vec<Fault>,
    pub warnings: Vec<Warning>,
}

impl Layers {
    pub fn defaults() -> Self {
        Self::of(super::DEFAULTS)
    }

    /// With another schema than `config.toml`.
    pub fn of(schema: &str) -> Self {
        let mut layers = Self {
            schema: Schema::new(parse(schema).expect("the schema is valid TOML")),
            merged: Figment::new(),
            sources: Sources::default(),
            frontend: vec![],
            faults: vec![],
            warnings: vec![],
        };
        layers.put(&Source::Defaults, Dict::new());
        layers
    }

    /// Reads the given file, else `./config.toml` if there is one.
    pub fn file(&mut self, asked: Option<&Path>) {
        let path = asked.unwrap_or(Path::new("config.toml"));
        match fs::read_to_string(path) {
            Ok(text) => self.toml(&path.display().to_string(), &text),
            Err(error) if asked.is_none() && error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.faults.push(Fault {
                key: String::new(),
                found: String::new(),
                expected: format!("a file that can be read: {error}"),
                origin: path.display().to_string(),
            }),
        }
    }

    pub fn toml(&mut self, file: &str, text: &str) {
        let source = Source::File(file.to_owned());
        match parse(text) {
            Ok(mut values) => {
                self.faults.extend(self.schema.check(&source, &mut values));
                self.put(&source, values);
            }
            Err(complaint) => self.faults.push(Fault {
                key: String::new(),
                found: String::new(),
                expected: format!("valid TOML ({complaint})"),
                origin: source.in_words(),
            }),
        }
    }

    /// Puts checked values over those so far. A user-chosen name gets its defaults with its first value.
    pub fn put(&mut self, source: &Source, values: Dict) {
        let defaults = self.schema.defaults(&values);
        self.sources.set(source, &values);
        self.sources.set_defaults(&defaults);
        let merged = std::mem::take(&mut self.merged);
        self.merged = merged.join(Serialized::defaults(defaults)).merge(Serialized::defaults(values));
    }

    /// Takes these keys back to their defaults.
    pub fn reset(&mut self, which: impl Fn(&str) -> bool) {
        let mut values = self.values();
        remove(&mut values, "", &which);
        self.sources.forget(which);
        let defaults = self.schema.defaults(&values);
        self.sources.set_defaults(&defaults);
        self.merged = Figment::from(Serialized::defaults(defaults)).merge(Serialized::defaults(values));
    }

    /// All values so far.
    pub fn values(&self) -> Dict {
        self.merged.extract().unwrap_or_default()
    }

    /// Whether the text of a key is empty so far.
    pub fn is_empty(&self, key: &str) -> bool {
        self.merged.extract_inner::<String>(key).is_ok_and(|text| text.is_empty())
    }
}

/// Takes these keys out of a table, and the tables in it that they leave empty.
fn remove(table: &mut Dict, parent: &str, which: &impl Fn(&str) -> bool) {
    table.retain(|name, value| {
        let key = format!("{parent}{name}");
        match value {
            Value::Dict(_, inner) => {
                remove(inner, &format!("{key}."), which);
                !inner.is_empty()
            }
            _ => !which(&key),
        }
    });
}

fn parse(text: &str) -> Result<Dict, String> {
    let mut profiles = Toml::string(text).data().map_err(|error| without_snippet(&error.to_string()))?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

/// Where the error is and what it is, without the line itself: that may hold a secret.
fn without_snippet(error: &str) -> String {
    let lines: Vec<_> = error.lines().filter(|line| !line.contains('|')).map(str::trim).collect();
    lines.join(": ").trim_start_matches("TOML parse error ").trim_end_matches(": ").to_owned()
}
