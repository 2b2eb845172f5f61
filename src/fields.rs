//! Fields that a deployment adds to Better Auth's user and session (`additionalFields`), and plugins of its own.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::identity::Fields;

/// The fields that identities carry beyond the known ones. Unlisted fields stay inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdditionalFields {
    user: Vec<Field>,
    session: Vec<Field>,
}

/// A field by Better Auth's name for it, and its type there.
///
/// Read from `"plan"` (a string) or `"credits:number"`. The type matters where a database holds another one: SQLite and
/// MySQL know no booleans, and JSON may stand in a text column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    name: String,
    kind: FieldKind,
}

/// The type of a field, by Better Auth's word for it; `json` is also that of its arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// `string`
    String,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `json`, `string[]` and `number[]`
    Json,
}

/// The text names no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {}", Self::EXPECTED)]
pub struct UnreadableField;

impl UnreadableField {
    pub(crate) const EXPECTED: &str =
        "a field such as \"plan\" or \"credits:number\" (string, number, boolean, date or json)";
}

/// A session's token is as good as its user's password: it never leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session's token must not be listed as a field")]
pub struct TokenStays;

impl AdditionalFields {
    /// These fields of the user and of the session.
    ///
    /// # Errors
    ///
    /// When the session's token is among them.
    pub fn new(
        user: impl IntoIterator<Item = Field>,
        session: impl IntoIterator<Item = Field>,
    ) -> Result<Self, TokenStays> {
        let fields = Self { user: user.into_iter().collect(), session: session.into_iter().collect() };
        if fields.session.iter().any(|field| field.name == "token") { Err(TokenStays) } else { Ok(fields) }
    }

    /// Those of the user.
    #[must_use]
    pub fn user(&self) -> &[Field] {
        &self.user
    }

    /// Those of the session.
    #[must_use]
    pub fn session(&self) -> &[Field] {
        &self.session
    }
}

impl Field {
    /// The field of this name and type.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        Self { name: name.into(), kind }
    }

    /// Better Auth's name for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> FieldKind {
        self.kind
    }
}

impl FromStr for Field {
    type Err = UnreadableField;

    fn from_str(text: &str) -> Result<Self, UnreadableField> {
        let (name, kind) = text.split_once(':').unwrap_or((text, "string"));
        let kind = match kind.trim() {
            "string" => FieldKind::String,
            "number" => FieldKind::Number,
            "boolean" => FieldKind::Boolean,
            "date" => FieldKind::Date,
            "json" => FieldKind::Json,
            _ => return Err(UnreadableField),
        };
        let name = name.trim();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let well_formed = !name.is_empty() && name.bytes().all(is_name);
        well_formed.then(|| Self::new(name, kind)).ok_or(UnreadableField)
    }
}

/// Takes the listed fields out of `members`, if they are there.
pub(crate) fn pick(fields: &[Field], members: &Map<String, Value>) -> Fields {
    let found = |field: &Field| {
        let value = members.get(&field.name).filter(|value| !value.is_null())?;
        Some((field.name.clone(), value.clone()))
    };
    fields.iter().filter_map(found).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_name_and_perhaps_a_type() {
        assert_eq!("plan".parse(), Ok(Field::new("plan", FieldKind::String)));
        assert_eq!("credits: number".parse(), Ok(Field::new("credits", FieldKind::Number)));
        for text in ["", ":number", "a b", "a:text", "a\"b", "a:number:x"] {
            assert_eq!(text.parse::<Field>(), Err(UnreadableField), "{text}");
        }
    }

    #[test]
    fn the_token_of_a_session_is_no_field() {
        let token = || [Field::new("token", FieldKind::String)];
        assert_eq!(AdditionalFields::new([], token()), Err(TokenStays));
        assert!(AdditionalFields::new(token(), []).is_ok());
    }
}
