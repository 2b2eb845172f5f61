//! What somebody pasted, as the request that would carry it.

mod curl;
mod head;
mod shell_words;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Bytes of what is pasted: a head of 64 KiB as a curl line, in which much may be escaped.
pub const MAX_INPUT: usize = 256 * 1024;
/// Schemes of `Authorization` that somebody may paste with their token.
const SCHEMES: [&str; 4] = ["bearer", "dpop", "basic", "digest"];

/// A request, as far as it was pasted.
#[derive(Debug)]
pub struct Pasted {
    /// What it was read as, for people.
    pub read_as: String,
    pub method: Method,
    pub headers: HeaderMap,
    /// What was passed over or taken otherwise than written.
    pub remarks: Vec<String>,
}

/// Why a text cannot be read. Never quotes it: a token may stand anywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    #[error("there is nothing: expected {EXPECTED}")]
    Empty,
    #[error("this is an address alone, and tokens in an address are never read: expected {EXPECTED}")]
    Address,
    #[error("this is JSON: expected the token alone, or {EXPECTED}")]
    Json,
    #[error(
        "this is a curl line for cmd.exe or PowerShell: expected one for bash (in a browser: Copy as cURL (bash)), or {EXPECTED}"
    )]
    OtherShell,
    #[error("the curl line ends inside a quotation: expected the whole line")]
    OpenQuotation,
    #[error("line {0} is no header: expected `Name: value`, or the whole to be {EXPECTED}")]
    Header(usize),
    #[error("the {0} has characters that no header may hold")]
    Characters(&'static str),
    #[error("the request line's method is none")]
    Method,
    #[error("this is nothing that is known here: expected {EXPECTED}")]
    Other,
}

const EXPECTED: &str = "one token, a Cookie or Authorization line, the head of a request, or a curl line";

impl Pasted {
    /// Reads a token, a header, a request's head or a curl line, with line ends of any system.
    pub fn read(text: &str) -> Result<Self, NotUnderstood> {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Err(NotUnderstood::Empty);
        }
        if let Some(rest) = curl::arguments(text) {
            return curl::read(rest);
        }
        if head::is_head(text) {
            return head::read(text);
        }
        Self::alone(text)
    }

    fn new(read_as: impl Into<String>) -> Self {
        Self { read_as: read_as.into(), method: Method::GET, headers: HeaderMap::new(), remarks: Vec::new() }
    }

    /// A text without a header's name.
    fn alone(text: &str) -> Result<Self, NotUnderstood> {
        let text = unquoted(text);
        if text.starts_with(['{', '[']) {
            return Err(NotUnderstood::Json);
        }
        if text.contains("://") && !text.contains(';') {
            return Err(NotUnderstood::Address);
        }
        let scheme = text.split([' ', '\t']).next().filter(|scheme| scheme.len() < text.len());
        if scheme.is_some_and(|scheme| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme))) {
            let mut pasted = Self::new("the value of an Authorization header");
            pasted.add(header::AUTHORIZATION, text, "value")?;
            return Ok(pasted);
        }
        if is_cookies(text) {
            let mut pasted = Self::new("cookies");
            pasted.add(header::COOKIE, text, "cookies")?;
            return Ok(pasted);
        }
        Self::token(text)
    }

    /// A token alone. How it would arrive is not known, so it is taken as a bearer.
    fn token(text: &str) -> Result<Self, NotUnderstood> {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        if lines.iter().any(|line| line.contains(char::is_whitespace)) {
            return Err(NotUnderstood::Other);
        }
        let mut pasted = Self::new("a token alone, judged as `Authorization: Bearer`");
        if lines.len() > 1 {
            pasted.remarks.push(format!("its {} lines were joined to one token", lines.len()));
        }
        pasted.add(header::AUTHORIZATION, &format!("Bearer {}", lines.concat()), "token")?;
        Ok(pasted)
    }

    fn add(&mut self, name: HeaderName, value: &str, what: &'static str) -> Result<(), NotUnderstood> {
        let mut value =
            HeaderValue::from_bytes(value.as_bytes()).map_err(|_| NotUnderstood::Characters(what))?;
        value.set_sensitive(true);
        // A map of headers holds some thousands of names.
        self.headers.try_append(name, value).map(|_| ()).map_err(|_| NotUnderstood::Other)
    }

    fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }
}

/// Whether it is `a=b`, or several of these. A signature in base64 may end with `=` as well.
fn is_cookies(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default().trim();
    let Some((name, value)) = first.split_once('=') else { return false };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name && !value.trim_matches('=').is_empty() && !text.contains('\n')
}

fn unquoted(text: &str) -> &str {
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).or_else(|| quoted('`')).unwrap_or(text)
}

#[cfg(test)]
mod tests;
