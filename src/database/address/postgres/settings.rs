//! Settings for the start of a connection: `-c name=value`, as libpq's `options` and drivers write it.

use super::{
    super::{fault::AddressFault, parameters::Parameters},
    NO_ZONE, UTC,
};

pub struct Settings {
    pairs: Vec<(String, String)>,
    /// Options without this form, such as Neon's `endpoint=…`.
    rest: Vec<String>,
}

impl Settings {
    pub fn read(parameters: &mut Parameters) -> Result<Self, AddressFault> {
        let mut settings = Self { pairs: Vec::new(), rest: Vec::new() };
        for (_, options) in parameters.take_all(|name| name.eq_ignore_ascii_case("options")) {
            settings.add(&options);
        }
        for (name, value) in parameters.take_all(|name| name.starts_with("options[") && name.ends_with(']')) {
            settings.put(&name["options[".len()..name.len() - 1], value);
        }
        if let Some(path) = parameters.take(&["search_path", "searchpath", "currentSchema"]) {
            let other = settings.take("search_path");
            if other.is_some_and(|other| search_path(&other) != search_path(&path)) {
                return Err(AddressFault::Contradiction("search_path", "options"));
            }
            settings.put("search_path", path);
        }
        if let Some(zone) = settings.take("timezone")
            && !UTC.iter().any(|utc| zone.eq_ignore_ascii_case(utc))
        {
            return Err(AddressFault::Value { parameter: "timezone", expected: NO_ZONE });
        }
        Ok(settings)
    }

    /// The last value of a setting, which is the one that counts.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.pairs.extract_if(.., |(one, _)| one == name).last().map(|(_, value)| value)
    }

    pub fn put(&mut self, name: &str, value: String) {
        self.pairs.push((name.to_ascii_lowercase(), value));
    }

    pub fn take_rest(&mut self) -> Option<String> {
        (!self.rest.is_empty()).then(|| std::mem::take(&mut self.rest).join(" "))
    }

    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }

    fn add(&mut self, options: &str) {
        let mut words = words(options).into_iter();
        while let Some(word) = words.next() {
            let setting = match word.strip_prefix("-c") {
                Some("") => words.next(),
                Some(setting) => Some(setting.to_owned()),
                None => word.strip_prefix("--").map(str::to_owned),
            };
            match setting.as_deref().and_then(|setting| setting.split_once('=')) {
                Some((name, value)) => self.put(name.trim(), value.to_owned()),
                None => self.rest.push(word),
            }
        }
    }
}

/// Words between blanks; a backslash keeps a blank inside.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, words.last_mut()) {
            ('\\', Some(word)) => word.extend(letters.next()),
            (blank, _) if blank.is_whitespace() => words.push(String::new()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The schemas of a path. As PostgreSQL reads it, names without quotes are in lower case.
pub fn search_path(text: &str) -> Vec<String> {
    let name = |name: &str| {
        let name = name.trim();
        match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name.to_lowercase(),
        }
    };
    text.split(',').map(name).filter(|name| !name.is_empty()).collect()
}
