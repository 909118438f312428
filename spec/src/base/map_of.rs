//! Maps of entries.

use std::collections::BTreeMap;

/// Returns a map of the entries. The last entry of a key counts.
///
/// Unlike `collect`, it does not sort the entries first. The code of the sort takes 5 KB for each type of entry, and every builder pulls
/// the program.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}
