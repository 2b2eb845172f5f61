use reqwest::Url;

use super::{endpoint, reader::Reader};

const SERVER: &str =
    "an address such as \"https://api.example.com\", without credentials, wildcards, query or fragment";

/// The documentation pages, and what the served contract says of this deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docs {
    /// Whether there are pages.
    pub enabled: bool,
    /// Where clients reach the API; empty is where the document came from.
    pub servers: Vec<Url>,
    /// The contact for the API.
    pub contact: Contact,
}

/// The contact for the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// A person or a team.
    pub name: Option<String>,
    /// Their web page.
    pub url: Option<Url>,
    /// Their e-mail address.
    pub email: Option<String>,
}

impl Docs {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            enabled: reader.get("docs.enabled"),
            servers: reader.list("docs.servers", |text| server(text).ok_or_else(|| SERVER.to_owned())),
            contact: Contact {
                name: reader.optional("docs.contact.name", "a name", |text| Some(text.to_owned())),
                url: reader.optional("docs.contact.url", endpoint::EXPECTED, endpoint::parse),
                email: reader.optional("docs.contact.email", "an address such as \"api@example.com\"", email),
            },
        }
    }
}

/// Its origin stands in a Content-Security-Policy, where some characters of a host would mean something else.
fn server(text: &str) -> Option<Url> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    endpoint::parse(text).filter(|url| url.host_str().is_some_and(|host| host.bytes().all(is_plain)))
}

fn email(text: &str) -> Option<String> {
    let (name, domain) = text.split_once('@')?;
    let is_word = |part: &str| {
        !part.is_empty() && !part.contains(|letter: char| letter == '@' || letter.is_whitespace())
    };
    (is_word(name) && is_word(domain)).then(|| text.to_owned())
}
