use std::{borrow::Cow, marker::PhantomData};

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

/// A text, one of those that `N` names.
pub struct OneOf<N>(String, PhantomData<fn() -> N>);

/// All that a text may be.
pub trait Names {
    /// In the order of the contract.
    fn all() -> Vec<&'static str>;
}

impl<N> From<&str> for OneOf<N> {
    fn from(name: &str) -> Self {
        Self(name.to_owned(), PhantomData)
    }
}

impl<N> AsRef<str> for OneOf<N> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<N: Names> Type for OneOf<N> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let enum_items = N::all().into_iter().map(Value::from).collect();
        MetaSchemaRef::Inline(Box::new(MetaSchema { enum_items, ..MetaSchema::new("string") }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<N: Names> ToJSON for OneOf<N> {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone().into())
    }
}

impl<N: Names> ParseFromJSON for OneOf<N> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) if N::all().contains(&text.as_str()) => Ok(text.as_str().into()),
            other => Err(ParseError::expected_type(other)),
        }
    }
}
