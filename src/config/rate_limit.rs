use std::{num::NonZeroU32, time::Duration};

use super::reader::Reader;

/// The rate limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// If not, there is no limit at all.
    pub enabled: bool,
    /// Per client address.
    pub client: Quota,
    /// Failed authentications per client address.
    pub failed: Quota,
    /// Per user.
    pub user: Quota,
    /// Of the documentation pages, per client address.
    pub pages: ByteQuota,
}

/// A number of bytes per time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteQuota {
    /// The bytes; never zero.
    pub size: u64,
    /// The time; never zero.
    pub window: Duration,
}

/// A number of requests per time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The requests.
    pub requests: NonZeroU32,
    /// The time; never zero.
    pub window: Duration,
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            enabled: reader.get("rate_limit.enabled"),
            client: Quota::read(reader, "rate_limit.client"),
            failed: Quota::read(reader, "rate_limit.failed"),
            user: Quota::read(reader, "rate_limit.user"),
            pages: ByteQuota {
                size: reader.size("rate_limit.pages.size"),
                window: reader.positive_duration("rate_limit.pages.window"),
            },
        }
    }
}

impl Quota {
    fn read(reader: &mut Reader, section: &str) -> Self {
        Self {
            requests: reader.count(&format!("{section}.requests")),
            window: reader.positive_duration(&format!("{section}.window")),
        }
    }
}
