use std::time::Duration;

use super::reader::Reader;

/// How long verdicts are cached, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The longest use of a cached verdict; also how late a revocation may take effect.
    pub max_age: Duration,
    /// The largest number of entries.
    pub capacity: u64,
}

impl Cache {
    /// The cache of a section; none where its `max_age` is zero.
    pub(super) fn read(reader: &mut Reader, section: &str) -> Option<Self> {
        let max_age = reader.duration(&format!("{section}.cache.max_age"));
        let capacity = reader.count(&format!("{section}.cache.capacity")).get().into();
        (!max_age.is_zero()).then_some(Self { max_age, capacity })
    }
}
