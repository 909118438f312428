//! Differences between two texts, as people read them.

use similar::TextDiff;

/// Returns the lines in which two texts of a file differ, in the unified format, with the name of the file. Empty if there are none.
pub(crate) fn unified(name: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(name, name).to_string()
}
