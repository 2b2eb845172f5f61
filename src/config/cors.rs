use super::{origin, reader::Reader};

/// The origins whose pages may read answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins, `FRONTEND_URL`'s included.
    pub origins: Vec<String>,
}

impl Cors {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut origins = reader.list("cors.origins", origin::parse);
        origins.extend(reader.frontend().iter().cloned());
        Self { origins: origin::distinct(origins) }
    }
}
