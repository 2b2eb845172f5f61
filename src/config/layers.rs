//! One source over the other, each checked against the defaults before it counts.

use std::{fs, io::ErrorKind, path::Path};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{
    fault::{Fault, Warning, shown},
    spelling::nearest,
};

/// The name of the first source.
pub(super) const DEFAULTS: &str = "the defaults";

/// The sources read so far.
pub(super) struct Layers {
    /// `config.toml`: every key there is, with its type.
    pub defaults: Figment,
    /// The defaults and what was put over them. As each layer is checked first, every key is here, of its type.
    pub merged: Figment,
    /// The origin of `FRONTEND_URL`, which is no key but is added to two.
    pub frontend: Option<String>,
    pub faults: Vec<Fault>,
    pub warnings: Vec<Warning>,
}

impl Layers {
    pub fn defaults() -> Self {
        let values = parse(include_str!("../../config.toml")).unwrap_or_default();
        let defaults = Figment::from(Layer { origin: DEFAULTS.to_owned(), values });
        Self { merged: defaults.clone(), defaults, frontend: None, faults: vec![], warnings: vec![] }
    }

    /// Reads the file that was asked for, else the one that may lie where we stand.
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

    pub fn toml(&mut self, origin: &str, text: &str) {
        match parse(text) {
            Ok(mut values) => {
                self.check("", origin, &mut values, &self.schema());
                self.put(origin, values);
            }
            Err(complaint) => self.faults.push(Fault {
                key: String::new(),
                found: String::new(),
                expected: format!("valid TOML ({complaint})"),
                origin: origin.to_owned(),
            }),
        }
    }

    /// Puts values, already checked, over what there is.
    pub fn put(&mut self, origin: &str, values: Dict) {
        let layer = Layer { origin: origin.to_owned(), values };
        self.merged = std::mem::take(&mut self.merged).merge(layer);
    }

    /// Whether the text of a key says nothing so far.
    pub fn is_empty(&self, key: &str) -> bool {
        self.merged.extract_inner::<String>(key).is_ok_and(|text| text.is_empty())
    }

    /// Every key with its default.
    pub fn schema(&self) -> Dict {
        self.defaults.extract().unwrap_or_default()
    }

    /// Takes out of `values` what `schema` does not know or knows as another type, and says so.
    fn check(&mut self, parent: &str, origin: &str, values: &mut Dict, schema: &Dict) {
        values.retain(|name, value| {
            let name = name.as_str();
            let key = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            let (found, expected) = match (schema.get(name), value) {
                (Some(Value::Dict(_, schema)), Value::Dict(_, values)) => {
                    self.check(&key, origin, values, schema);
                    return true;
                }
                (Some(default), value) if same_type(default, value) => return true,
                (Some(default), value) => (shown(&key, value), kind(default).to_owned()),
                // Its value stays unsaid: what is misspelt may be a secret.
                (None, value) => (format!("({})", kind(value)), known(name, schema)),
            };
            self.faults.push(Fault {
                key: key.escape_debug().to_string(),
                found,
                expected,
                origin: origin.to_owned(),
            });
            false
        });
    }
}

fn known(name: &str, schema: &Dict) -> String {
    match nearest(name, schema.keys().map(String::as_str)) {
        Some(near) => format!("a known key; did you mean `{near}`?"),
        None => "a known key".to_owned(),
    }
}

fn same_type(default: &Value, value: &Value) -> bool {
    match (default, value) {
        (Value::Array(..), Value::Array(_, values)) => values.iter().all(|value| value.as_str().is_some()),
        (Value::Num(..), Value::Num(..)) => value.to_i128().is_some(),
        _ => kind(default) == kind(value),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "a string",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a whole number",
        Value::Array(..) => "a list of strings",
        Value::Dict(..) | Value::Empty(..) => "a table",
    }
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

/// One source with its values, as figment takes it; the origin is what a fault will say.
struct Layer {
    origin: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
