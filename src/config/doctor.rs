use std::path::PathBuf;

use super::reader::Reader;

/// The comparison of this configuration with the running Better Auth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doctor {
    /// Whether it also runs when the service starts.
    pub at_start: bool,
    /// The file that Better Auth's own process has written about itself.
    pub export: Option<PathBuf>,
}

impl Doctor {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let export = reader.optional("doctor.export", "the path of a file", |path| Some(PathBuf::from(path)));
        Self { at_start: reader.get("doctor.at_start"), export }
    }
}
