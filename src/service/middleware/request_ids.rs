use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::{Builder, Uuid};

use crate::problem::RequestId;

/// Names requests by UUIDs of version 7: they sort by time, and no two instances give the same one.
///
/// The random part is drawn once and counted on from there, as a draw for each request costs a system call. So a client can
/// guess the names of other requests; a name opens nothing.
pub struct RequestIds {
    instance: [u8; 2],
    next: AtomicU64,
}

impl RequestIds {
    pub fn new() -> Self {
        let (high, low) = Uuid::now_v7().as_u64_pair();
        let [.., first, second] = high.to_be_bytes();
        Self { instance: [first, second], next: low.into() }
    }

    /// A name that no request has had.
    pub fn next(&self) -> RequestId {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let milliseconds = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.instance);
        random[2..].copy_from_slice(&self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let id = Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid();
        RequestId(Arc::from(&*id.simple().encode_lower(&mut Uuid::encode_buffer())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_uuids_of_version_7_that_differ_within_and_between_instances() {
        let instances = [RequestIds::new(), RequestIds::new()];
        let names: HashSet<_> = instances.iter().flat_map(|ids| (0..1000).map(|_| ids.next().0)).collect();
        assert_eq!(names.len(), 2000);
        for name in names {
            let id = Uuid::parse_str(&name).expect("a UUID");
            assert_eq!((id.get_version_num(), id.get_variant(), name.len()), (7, uuid::Variant::RFC4122, 32));
        }
    }
}
