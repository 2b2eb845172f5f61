use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{MaybeUndefined, ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

/// A member that may be absent. `null` is no way to say so: the generator's own `Option` takes both for the same.
pub type Given<T> = Field<T, false>;

/// A member that may be absent, or `null` to remove what is there.
pub type Removable<T> = Field<T, true>;

/// See [`Given`] and [`Removable`].
pub struct Field<T, const NULLABLE: bool>(pub MaybeUndefined<T>);

impl<T> Given<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        self.0.take()
    }
}

/// The value, or nothing said.
impl<T, const NULLABLE: bool> From<Option<T>> for Field<T, NULLABLE> {
    fn from(value: Option<T>) -> Self {
        Self(MaybeUndefined::from_opt_undefined(value))
    }
}

impl<T: Type, const NULLABLE: bool> Type for Field<T, NULLABLE> {
    const IS_REQUIRED: bool = false;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        if !NULLABLE {
            return T::schema_ref();
        }
        T::schema_ref().merge(MetaSchema { nullable: true, ..MetaSchema::ANY })
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.value().and_then(T::as_raw_value)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        match self.0.value() {
            Some(value) => value.raw_element_iter(),
            None => Box::new(std::iter::empty()),
        }
    }
}

impl<T: ParseFromJSON, const NULLABLE: bool> ParseFromJSON for Field<T, NULLABLE> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            None => Ok(Self(MaybeUndefined::Undefined)),
            Some(Value::Null) if NULLABLE => Ok(Self(MaybeUndefined::Null)),
            given => {
                T::parse_from_json(given).map(MaybeUndefined::Value).map(Self).map_err(ParseError::propagate)
            }
        }
    }
}

impl<T: ToJSON, const NULLABLE: bool> ToJSON for Field<T, NULLABLE> {
    fn to_json(&self) -> Option<Value> {
        self.0.to_json()
    }
}
