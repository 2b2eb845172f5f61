//! What a configuration may hold: the keys of `config.toml`, each of the type of its default.
//!
//! A key in capitals, such as `NAME`, stands for names that the user chooses: its table lists the keys of each such entry,
//! with their defaults. An environment variable has the name in capitals, with `_` for `-`. It means the entry of the file
//! with that name, compared without case, else a new entry with the name in lower case.

#[cfg(test)]
mod tests;

use figment::value::{Dict, Value};

use super::{
    fault::{Fault, shown},
    placeholder::is_placeholder,
    source::Source,
    spelling::nearest,
};

/// What [`is_name`] accepts, as a pattern.
pub(super) const NAME_PATTERN: &str = "^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$";

const NAME: &str = "a name of letters and digits, with single `-` or `_` between them";

/// See the module.
pub(super) struct Schema(Dict);

impl Schema {
    pub fn new(values: Dict) -> Self {
        Self(values)
    }

    /// All keys with their defaults, placeholders among them.
    pub fn table(&self) -> &Dict {
        &self.0
    }

    /// The default of a key, unless it is a table.
    pub fn default_of(&self, key: &str) -> Option<&Value> {
        let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &self.0;
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            table = expected(table, parent)?.as_dict()?;
        }
        expected(table, name).filter(|default| default.as_dict().is_none())
    }

    /// All defaults, those of the names that `values` add included.
    pub fn defaults(&self, values: &Dict) -> Dict {
        defaults(&self.0, values)
    }

    /// Removes unknown keys and values of a wrong type from `values`, and reports them.
    pub fn check(&self, source: &Source, values: &mut Dict) -> Vec<Fault> {
        let mut faults = Vec::new();
        check(&mut faults, "", source, values, &self.0);
        faults
    }

    /// The key that a variable sets, by the parts of its name. A user-chosen name is that of a matching entry in `values`, else
    /// it is in lower case.
    pub fn key_of(&self, parts: &[&str], values: &Dict) -> Option<String> {
        key_of(&self.0, parts, Some(values)).map(|names| names.join("."))
    }

    /// The paths of all values, with placeholders for user-chosen names.
    pub fn paths(&self) -> Vec<Vec<&str>> {
        paths(&self.0)
    }
}

/// How a name is written in an environment variable.
pub(super) fn in_variable(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// The schema of a name in `table`, be the name fixed or chosen by the user.
fn expected<'a>(table: &'a Dict, name: &str) -> Option<&'a Value> {
    match own_names(table) {
        Some((placeholder, _)) if placeholder == name => None,
        Some((_, default)) => table.get(name).or(Some(default)),
        None => table.get(name),
    }
}

/// The placeholder of a table with user-chosen names, and the schema of each entry.
fn own_names(table: &Dict) -> Option<(&String, &Value)> {
    table.iter().find(|(key, _)| is_placeholder(key))
}

fn defaults(table: &Dict, values: &Dict) -> Dict {
    let of = |default: &Value, name: &str| match default {
        Value::Dict(tag, inner) => {
            let empty = Dict::new();
            let values = values.get(name).and_then(Value::as_dict).unwrap_or(&empty);
            Value::Dict(*tag, defaults(inner, values))
        }
        default => default.clone(),
    };
    let fixed = table.iter().filter(|(name, _)| !is_placeholder(name));
    let own = own_names(table).into_iter().flat_map(|(_, default)| {
        values.keys().filter(|name| !table.contains_key(*name)).map(move |name| (name, default))
    });
    fixed.chain(own).map(|(name, default)| (name.clone(), of(default, name))).collect()
}

fn check(faults: &mut Vec<Fault>, parent: &str, source: &Source, values: &mut Dict, schema: &Dict) {
    let names: Vec<_> = values.keys().filter(|name| expected(schema, name).is_some()).cloned().collect();
    values.retain(|name, value| {
        let name = name.as_str();
        let key = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        let (found, wanted) = match (expected(schema, name), value) {
            (Some(_), value) if let Some(wanted) = wrong_name(schema, name, &names) => {
                (format!("({})", kind(value)), wanted)
            }
            (Some(Value::Dict(_, schema)), Value::Dict(_, values)) => {
                check(faults, &key, source, values, schema);
                return true;
            }
            (Some(default), value) if same_type(default, value) => return true,
            (Some(default), value) => (shown(&key, value), kind(default).to_owned()),
            // A copy of `config.toml`, with the placeholder still in it.
            (None, value) if schema.get(name).is_some_and(|template| template == value) => return false,
            // The value is not shown: a misspelt key may hold a secret.
            (None, value) => (format!("({})", kind(value)), known(name, schema)),
        };
        faults.push(Fault {
            key: key.escape_debug().to_string(),
            found,
            expected: wanted,
            origin: source.in_words(),
        });
        false
    });
}

/// What is expected instead of a user-chosen name that is not valid.
fn wrong_name(schema: &Dict, name: &str, names: &[String]) -> Option<String> {
    if schema.contains_key(name) || own_names(schema).is_none() {
        return None;
    }
    if !is_name(name) {
        return Some(NAME.to_owned());
    }
    let before = names.iter().take_while(|other| *other != name);
    let fixed = schema.keys().filter(|key| !is_placeholder(key));
    let alike = before.chain(fixed).find(|other| in_variable(other) == in_variable(name))?;
    Some(format!(
        "another name than that of `{alike}`: both are {} in an environment variable",
        in_variable(name)
    ))
}

/// Whether it can be a part of a key and of a variable.
fn is_name(name: &str) -> bool {
    name.split(['-', '_'])
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn known(name: &str, schema: &Dict) -> String {
    if is_placeholder(name) && schema.contains_key(name) {
        return format!("a name of your own in place of {name}");
    }
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

fn key_of(table: &Dict, parts: &[&str], values: Option<&Dict>) -> Option<Vec<String>> {
    let (part, rest) = parts.split_first()?;
    let is_spelt_so = |name: &&String| in_variable(name) == *part;
    let fixed = table.keys().filter(|name| !is_placeholder(name)).find(is_spelt_so).cloned();
    let own = || {
        own_names(table)?;
        let lower = part.to_lowercase();
        let is_own = is_name(&lower) && in_variable(&lower) == *part;
        let known = values.into_iter().flat_map(Dict::keys).find(is_spelt_so).cloned();
        is_own.then(|| known.unwrap_or(lower))
    };
    let name = fixed.or_else(own)?;
    match (expected(table, &name)?, rest) {
        (Value::Dict(_, inner), [_, ..]) => {
            let values = values.and_then(|values| values.get(&name)?.as_dict());
            let mut names = key_of(inner, rest, values)?;
            names.insert(0, name);
            Some(names)
        }
        (Value::Dict(..), []) | (_, [_, ..]) => None,
        (_, []) => Some(vec![name]),
    }
}

fn paths(table: &Dict) -> Vec<Vec<&str>> {
    let mut all = Vec::new();
    for (name, default) in table {
        match default {
            Value::Dict(_, inner) => {
                all.extend(paths(inner).into_iter().map(|rest| [vec![name.as_str()], rest].concat()));
            }
            _ => all.push(vec![name.as_str()]),
        }
    }
    all
}
