use super::reader::Reader;
use crate::{AdditionalFields, Field, UnreadableField};

/// What identities carry beyond the known fields.
pub(super) fn read(reader: &mut Reader) -> AdditionalFields {
    let user = fields(reader, "identity.user_fields");
    let session = fields(reader, "identity.session_fields");
    AdditionalFields::new(user, session).unwrap_or_else(|_| {
        reader.fault(
            "identity.session_fields",
            "no `token`: anyone with a session's token can act as its user",
        );
        AdditionalFields::default()
    })
}

fn fields(reader: &mut Reader, key: &str) -> Vec<Field> {
    reader.list(key, |text| text.parse().map_err(|UnreadableField| UnreadableField::EXPECTED.to_owned()))
}
