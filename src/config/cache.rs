use std::time::Duration;

use super::reader::Reader;

/// How long verdicts are remembered, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The longest a verdict may be believed; also how late a revocation may take effect.
    pub max_age: Duration,
    /// The most that are kept.
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
