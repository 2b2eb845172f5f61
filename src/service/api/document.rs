mod example;
mod postprocess;

use reqwest::Url;
use serde_json::{Value, json};

use crate::config::{Contact, Docs};

/// The contract as it is published: what the generator writes, and one pass over it where that falls short.
pub struct Document(Value);

impl Document {
    /// `generated` is the generator's document.
    pub(super) fn new(generated: &str) -> Self {
        let mut value = serde_json::from_str(generated).expect("the generator writes JSON");
        postprocess::postprocess(&mut value);
        Self(value)
    }

    /// The same for the readers of one deployment: where it is, whom to ask, and what its session cookie is called.
    #[must_use]
    pub fn of_deployment(mut self, docs: &Docs, session_cookie: &str) -> Self {
        if !docs.servers.is_empty() {
            self.0["servers"] = docs.servers.iter().map(|url| json!({ "url": bare(url) })).collect();
        }
        if docs.contact != Contact::default() {
            let Contact { name, url, email } = &docs.contact;
            let members =
                [("name", name.as_deref()), ("url", url.as_ref().map(bare)), ("email", email.as_deref())];
            let given = members.into_iter().filter_map(|(member, text)| Some((member, text?)));
            self.0["info"]["contact"] = given.collect::<Value>();
        }
        self.0["components"]["securitySchemes"]["session_cookie"]["name"] = session_cookie.into();
        self
    }

    /// The document itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// JSON, with a newline at the end.
    #[must_use]
    pub fn json(&self) -> String {
        format!("{:#}\n", self.0)
    }

    /// YAML.
    #[must_use]
    pub fn yaml(&self) -> String {
        serde_saphyr::to_string(&self.0).expect("JSON can be told in YAML")
    }
}

/// Without a slash at the end: a path of the contract follows.
fn bare(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
