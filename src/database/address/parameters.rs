use reqwest::Url;

use super::fault::{AddressFault, ParameterName};

/// The parameters of an address that are still unread. Their names are compared without regard to case, as drivers write
/// them differently.
pub struct Parameters {
    pairs: Vec<(String, String)>,
    /// With an `@` among them, what looks like a parameter may be a part of a password.
    may_be_spilt: bool,
}

/// The alternative to a zone in an address.
pub const NO_ZONE: &str = "UTC or left out: the zone of dates is session_table.time_zone";

/// A parameter that is not supported: the values that change nothing here, and the alternative to others.
pub struct Fixed {
    pub name: &'static str,
    pub harmless: &'static [&'static str],
    pub instead: &'static str,
}

impl Parameters {
    pub fn read(query: &str) -> Self {
        let url = Url::parse(&format!("any:?{query}"));
        let pairs = url.iter().flat_map(|url| url.query_pairs().into_owned().collect::<Vec<_>>());
        Self { pairs: pairs.collect(), may_be_spilt: query.contains('@') }
    }

    /// The last of the parameters with these names, which is the one that counts; an empty one counts for none.
    pub fn take(&mut self, names: &[&str]) -> Option<String> {
        self.take_all(|name| names.iter().any(|one| name.eq_ignore_ascii_case(one)))
            .pop()
            .map(|(_, value)| value)
    }

    /// All parameters whose name is `wanted`, unless they are empty.
    pub fn take_all(&mut self, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        self.pairs.extract_if(.., |(name, _)| wanted(name)).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// A parameter that says yes or no, if it is there.
    pub fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, AddressFault> {
        match self.take(&[name]).map(|value| value.to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "yes" | "on") => Ok(Some(true)),
            Some("false" | "0" | "no" | "off") => Ok(Some(false)),
            Some(_) => Err(AddressFault::Value { parameter: name, expected: "true or false" }),
        }
    }

    /// Everything that is left is known and changes nothing here.
    pub fn finish(mut self, fixed: &[Fixed], ignored: &[&str]) -> Result<(), AddressFault> {
        for Fixed { name, harmless, instead } in fixed {
            if let Some(value) = self.take(&[name])
                && !harmless.iter().any(|one| value.eq_ignore_ascii_case(one))
            {
                return Err(AddressFault::Value { parameter: name, expected: instead });
            }
        }
        let unknown =
            |(name, _): &&(String, String)| !ignored.iter().any(|one| name.eq_ignore_ascii_case(one));
        match self.pairs.iter().find(unknown) {
            Some(_) if self.may_be_spilt => Err(AddressFault::Spilt),
            Some((name, _)) => Err(AddressFault::Unknown(ParameterName::new(name))),
            None => Ok(()),
        }
    }
}
