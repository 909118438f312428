//! Records which keys of the tables the code reads, for the test that no key is forgotten.

use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static READ: RefCell<BTreeSet<(String, String)>> = RefCell::default();
}

/// Records that code read a key of a place, and that the key was there.
pub(crate) fn note(place: String, key: &str) {
    READ.with_borrow_mut(|read| read.insert((place, key.to_owned())));
}

/// All keys that this thread has read so far, each with its place.
pub(crate) fn all() -> BTreeSet<(String, String)> {
    READ.with_borrow(Clone::clone)
}
