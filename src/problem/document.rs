use super::Kind;

/// More than most problems need.
const ROOM: usize = 256;

/// A problem as it goes out (RFC 9457 section 3.1), written member by member: serde needs three times as long for it.
pub struct Document(Vec<u8>);

impl Document {
    /// Begins with the members of the kind.
    pub fn new(kind: Kind) -> Self {
        let mut document = Self(Vec::with_capacity(ROOM));
        // None of these texts needs escapes in JSON.
        document.write(&[r#"{"type":""#, kind.uri(), r#"","title":""#, kind.title()]);
        document.write(&[r#"","status":"#, kind.status().as_str()]);
        document
    }

    /// Adds a member, if it has a value.
    pub fn add(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        self.write(&[r#",""#, name, r#"":"#]);
        // Writing text to memory never fails.
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    /// The whole text.
    pub fn end(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).unwrap_or_default()
    }

    fn write(&mut self, parts: &[&str]) {
        for part in parts {
            self.0.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn members_stand_in_this_order_whatever_they_hold() {
        let mut document = Document::new(Kind::NotFound);
        document.add("detail", Some("\"quotes\", a \\, a line\n, \u{e4} and \u{1}"));
        document.add("instance", None);
        document.add("requestId", Some("1"));
        let expected = concat!(
            r#"{"type":"urn:problem:not-found","title":"Not found","status":404,"#,
            r#""detail":"\"quotes\", a \\, a line\n, ä and \u0001","requestId":"1"}"#
        );
        assert_eq!(document.end(), expected);
    }

    #[test]
    fn no_text_of_a_kind_needs_an_escape() {
        let others = (100..1000).filter_map(|code| StatusCode::from_u16(code).ok()).map(Kind::Other);
        for kind in Kind::ALL.iter().copied().chain(others) {
            let read: Value = serde_json::from_str(&Document::new(kind).end()).expect("JSON");
            let status = kind.status().as_u16();
            assert_eq!(read, json!({ "type": kind.uri(), "title": kind.title(), "status": status }));
        }
    }
}
