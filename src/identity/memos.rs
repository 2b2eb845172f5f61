use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

/// Values that were derived from one identity, at most one of each type. They are no part of the identity: two identities are
/// equal whatever is kept here. Clones share them.
#[derive(Clone, Default)]
pub struct Memos(Arc<Inner>);

#[derive(Default)]
struct Inner {
    first: Place,
    room: usize,
}

/// Types are few and a value never goes, so this is a list without locks.
type Place = OnceLock<Box<Memo>>;

struct Memo {
    value: Box<dyn Any + Send + Sync>,
    next: Place,
}

impl Memos {
    /// No values. They count as `room` bytes from the beginning, as later ones are not counted.
    pub fn with_room(room: usize) -> Self {
        Self(Arc::new(Inner { room, ..Inner::default() }))
    }

    /// The bytes that they count for.
    pub fn room(&self) -> usize {
        self.0.room
    }

    /// The value of this type, which is made when it is first asked for.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> &T {
        let mut place = &self.0.first;
        loop {
            let memo =
                place.get_or_init(|| Box::new(Memo { value: Box::new(T::default()), next: Place::new() }));
            if let Some(value) = memo.value.downcast_ref() {
                return value;
            }
            place = &memo.next;
        }
    }
}

impl PartialEq for Memos {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memos {}

impl fmt::Debug for Memos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memos")
    }
}
