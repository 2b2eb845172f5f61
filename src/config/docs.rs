use super::{endpoint, reader::Reader};

/// The documentation pages, and what the served contract says of this deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docs {
    /// Whether there are pages.
    pub enabled: bool,
    /// Where clients reach the API; empty is where the document came from.
    pub servers: Vec<String>,
    /// Whom to ask.
    pub contact: Contact,
}

/// Whom to ask about the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// A person or a team.
    pub name: Option<String>,
    /// Where they are to be found.
    pub url: Option<String>,
    /// Where they read mail.
    pub email: Option<String>,
}

impl Docs {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            enabled: reader.get("docs.enabled"),
            servers: reader
                .list("docs.servers", |text| url(text).ok_or_else(|| endpoint::EXPECTED.to_owned())),
            contact: Contact {
                name: reader.optional("docs.contact.name", "a name", |text| Some(text.to_owned())),
                url: reader.optional("docs.contact.url", endpoint::EXPECTED, url),
                email: reader.optional("docs.contact.email", "an address such as \"api@example.com\"", email),
            },
        }
    }
}

/// Without a slash at the end: a path of the contract follows.
fn url(text: &str) -> Option<String> {
    endpoint::parse(text).map(|url| url.as_str().trim_end_matches('/').to_owned())
}

fn email(text: &str) -> Option<String> {
    let (name, domain) = text.split_once('@')?;
    let is_word = |part: &str| !part.is_empty() && !part.contains(['@', ' ']);
    (is_word(name) && is_word(domain)).then(|| text.to_owned())
}
