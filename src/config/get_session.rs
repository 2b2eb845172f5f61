use std::time::Duration;

use http::{HeaderName, header};

use super::{Cache, Outage, reader::Reader};

/// The `get_session` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    /// Tells Better Auth the client's address.
    pub client_address_header: HeaderName,
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
    /// What is done while it cannot be asked.
    pub outage: Outage,
}

impl GetSession {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let expected = "the name of a header for the client's address, such as \"CF-Connecting-IP\"";
        Self {
            client_address_header: reader.parse(
                "get_session.client_address_header",
                expected,
                client_address_header,
            ),
            timeout: reader.positive_duration("get_session.timeout"),
            cache: Cache::read(reader, "get_session"),
            outage: Outage::read(reader, "get_session"),
        }
    }
}

/// One that means something else would change the question.
fn client_address_header(text: &str) -> Option<HeaderName> {
    const OTHERS: [HeaderName; 10] = [
        header::ACCEPT,
        header::AUTHORIZATION,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::COOKIE,
        header::HOST,
        header::ORIGIN,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::USER_AGENT,
    ];
    text.parse().ok().filter(|name| !OTHERS.contains(name))
}
