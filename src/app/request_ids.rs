use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use uuid::Uuid;

use super::ids::Ids;
use crate::problem::RequestId;

/// Names requests by UUIDs of version 7: they sort by time, and no two instances give the same one.
///
/// The random part is drawn once and counted on from there, as a draw for each request costs a system call. So a client can
/// guess the names of other requests; a name opens nothing.
pub struct RequestIds {
    ids: Ids,
    instance: [u8; 2],
    next: AtomicU64,
}

impl RequestIds {
    pub fn new(ids: Ids) -> Self {
        let [first, second, rest @ ..] = ids.chance.bytes::<10>();
        Self { ids, instance: [first, second], next: u64::from_be_bytes(rest).into() }
    }

    /// A name that no request has had.
    pub fn next(&self) -> RequestId {
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.instance);
        random[2..].copy_from_slice(&self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let id = self.ids.with(&random);
        RequestId(Arc::from(&*id.simple().encode_lower(&mut Uuid::encode_buffer())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_uuids_of_version_7_that_differ_within_and_between_instances() {
        let instances = [(), ()].map(|()| RequestIds::new(Ids::default()));
        let names: HashSet<_> = instances.iter().flat_map(|ids| (0..1000).map(|_| ids.next().0)).collect();
        assert_eq!(names.len(), 2000);
        for name in names {
            let id = Uuid::parse_str(&name).expect("a UUID");
            assert_eq!((id.get_version_num(), id.get_variant(), name.len()), (7, uuid::Variant::RFC4122, 32));
        }
    }
}
