//! How often costly work is done, for tests. Each thread counts its own, and an asynchronous test runs on one.

use std::{cell::RefCell, collections::BTreeMap};

thread_local! {
    static TALLY: RefCell<BTreeMap<&'static str, usize>> = RefCell::default();
}

/// Counts one more of this work.
pub fn count(work: &'static str) {
    TALLY.with_borrow_mut(|tally| *tally.entry(work).or_default() += 1);
}

/// The counts since the last call.
pub fn take() -> BTreeMap<&'static str, usize> {
    TALLY.take()
}
