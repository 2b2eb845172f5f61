use secrecy::{ExposeSecret, SecretString};

/// A cookie of the request: its name, and its value exactly as received (not percent-decoded).
#[derive(Clone, Debug)]
pub struct Cookie {
    name: String,
    value: SecretString,
}

impl Cookie {
    /// A cookie of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: SecretString::from(value.into()) }
    }

    /// Its name, with a prefix such as `__Secure-`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value as received.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.expose_secret()
    }
}
