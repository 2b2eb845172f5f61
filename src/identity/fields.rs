use std::{ops::Deref, sync::LazyLock};

use serde_json::{Map, Value};

static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Fields of the deployment's own, by name: reads as a JSON object. Most deployments have none, and a cache keeps many
/// identities, so no fields take the room of a pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Option<Box<Map<String, Value>>>);

impl From<Map<String, Value>> for Fields {
    fn from(members: Map<String, Value>) -> Self {
        Self((!members.is_empty()).then(|| members.into()))
    }
}

impl Deref for Fields {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        self.0.as_deref().unwrap_or_else(|| &NONE)
    }
}
