use std::borrow::Cow;

use poem::http::StatusCode;
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

use crate::problem::Kind;

/// A kind as it stands in a problem document.
#[derive(Debug)]
pub struct Uri(pub Kind);

impl Type for Uri {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_uri".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let uris = Kind::ALL.iter().map(|kind| kind.uri()).chain([Kind::BLANK]);
        let schema = MetaSchema::new_with_format("string", "uri");
        MetaSchemaRef::Inline(Box::new(MetaSchema { enum_items: uris.map(Value::from).collect(), ..schema }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for Uri {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.uri().into())
    }
}

/// The generator requires it, although clients never send problems.
impl ParseFromJSON for Uri {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let value = value.unwrap_or_default();
        if value == Kind::BLANK {
            return Ok(Self(Kind::Other(StatusCode::BAD_REQUEST)));
        }
        let kind = Kind::ALL.iter().find(|kind| value == kind.uri());
        kind.copied().map(Self).ok_or_else(|| ParseError::expected_type(value))
    }
}
