use serde_json::{Map, Value, json};

/// The contract as it is published: what the generator writes, and one pass over it where that falls short.
pub struct Document {
    value: Value,
    swagger_ui: String,
}

impl Document {
    /// `generated` is the generator's document, `page` its Swagger UI, in which the document stands word for word.
    pub(super) fn new(generated: &str, page: &str) -> Self {
        let mut value = serde_json::from_str(generated).unwrap_or_default();
        mend(&mut value);
        let swagger_ui = page.replace(generated, &pretty(&value));
        Self { value, swagger_ui }
    }

    /// The document itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// JSON, with a newline at the end.
    #[must_use]
    pub fn json(&self) -> String {
        pretty(&self.value) + "\n"
    }

    /// YAML.
    #[must_use]
    pub fn yaml(&self) -> String {
        serde_saphyr::to_string(&self.value).unwrap_or_default()
    }

    /// A page that shows the document and tries it out; it loads nothing from elsewhere.
    #[must_use]
    pub fn swagger_ui(&self) -> &str {
        &self.swagger_ui
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn mend(document: &mut Value) {
    document["openapi"] = json!("3.0.3");
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        // An operation without schemes is open; said, not left out.
        if operation.get("security").is_none() {
            operation["security"] = json!([]);
        }
        strip_charset(operation.get_mut("requestBody"));
        let responses = operation["responses"].as_object_mut();
        responses.into_iter().flat_map(Map::values_mut).for_each(|response| strip_charset(Some(response)));
    }
}

/// Generators of clients look for `application/json`, not for `application/json; charset=utf-8`.
fn strip_charset(message: Option<&mut Value>) {
    let Some(content) = message.and_then(|message| message.get_mut("content")?.as_object_mut()) else {
        return;
    };
    let bare = std::mem::take(content).into_iter().map(|(media, schema)| {
        let bare = media.split(';').next().unwrap_or_default().trim().to_owned();
        (bare, schema)
    });
    *content = bare.collect();
}
