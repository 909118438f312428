//! Sorted maps and sets of items.
//!
//! Unlike `collect`, these functions do not sort the items first. The code of the sort takes 5 KB for each type of item, in a program that
//! every builder pulls.

use std::collections::{BTreeMap, BTreeSet};

/// Returns a map of the entries. The last entry of a key counts.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}

/// Returns a set of the items.
pub fn set_of<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
