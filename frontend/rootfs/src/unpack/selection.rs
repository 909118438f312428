//! Which entries of an archive are unpacked, and to which paths.

use buildkit_names::glob_matches;

/// What happens to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice<'n> {
    /// It is unpacked to this path, which is empty for the target folder itself.
    Unpacked(Vec<&'n [u8]>),
    /// The pattern does not match.
    NotMeant,
    /// It has fewer parts than are removed.
    TooShort,
}

/// The pattern and the number of parts that are removed.
#[derive(Debug)]
pub(super) struct Selection {
    only: Option<Vec<String>>,
    strip: usize,
}

impl Selection {
    pub(super) fn new(only: Option<&str>, strip: usize) -> Self {
        let parts = |only: &str| -> Vec<String> {
            let parts = only.split('/').filter(|part| !matches!(*part, "" | "."));
            let mut parts: Vec<String> = parts.map(str::to_owned).collect();
            // Consecutive `**` mean the same as one.
            parts.dedup_by(|part, before| part == "**" && before == "**");
            parts
        };
        Self { only: only.map(parts), strip }
    }

    /// Decides about an entry with a normalised path, such as `a/b`.
    pub(super) fn choice<'n>(&self, name: &'n [u8], is_folder: bool) -> Choice<'n> {
        let parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
        if !self.means(&parts) {
            return Choice::NotMeant;
        }
        if parts.len() < self.strip || (parts.is_empty() && !is_folder) {
            return Choice::TooShort;
        }
        let most = if is_folder { parts.len() } else { parts.len() - 1 };
        Choice::Unpacked(parts[self.strip.min(most)..].to_vec())
    }

    /// Whether the pattern matches a path, or a folder above it.
    fn means(&self, parts: &[&[u8]]) -> bool {
        let Some(only) = &self.only else { return true };
        let texts: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(part)).collect();
        // The positions in the pattern at which a match of the parts so far can go on.
        let mut open = vec![false; only.len() + 1];
        open[0] = true;
        let pass = |open: &mut Vec<bool>| {
            for at in 0..only.len() {
                if open[at] && only[at] == "**" {
                    open[at + 1] = true;
                }
            }
        };
        pass(&mut open);
        for text in &texts {
            if open[only.len()] {
                return true;
            }
            let mut next = vec![false; only.len() + 1];
            for (at, pattern) in only.iter().enumerate().filter(|(at, _)| open[*at]) {
                if pattern == "**" {
                    next[at] = true;
                } else if glob_matches(pattern, text) {
                    next[at + 1] = true;
                }
            }
            open = next;
            pass(&mut open);
        }
        open[only.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(only: Option<&str>, strip: usize, name: &str) -> Option<String> {
        let (name, is_folder) = name.strip_suffix('/').map_or((name, false), |name| (name, true));
        match Selection::new(only, strip).choice(name.as_bytes(), is_folder) {
            Choice::Unpacked(parts) => Some(String::from_utf8(parts.join(&b'/')).unwrap()),
            _ => None,
        }
    }

    #[test]
    fn leading_parts_are_removed_and_the_name_of_a_file_stays() {
        let check = |strip, name, expect: Option<&str>| {
            assert_eq!(path(None, strip, name).as_deref(), expect, "{strip} {name}")
        };
        check(0, "a/b/c", Some("a/b/c"));
        check(1, "a/b/c", Some("b/c"));
        check(2, "a/b/c", Some("c"));
        check(3, "a/b/c", Some("c"));
        check(4, "a/b/c", None);
        check(1, "README", Some("README"));
        check(1, "a/", Some(""));
        check(2, "a/", None);
        check(0, "/", Some(""));
    }

    #[test]
    fn a_pattern_means_a_path_or_all_that_is_below_a_folder() {
        let check =
            |only, name, expect| assert_eq!(path(Some(only), 0, name).is_some(), expect, "{only} {name}");
        check("*/bin/tool", "t-1/bin/tool", true);
        check("./*/bin/", "t-1/bin/tool", true);
        check("*/bin/tool", "t-1/bin/tool.1", false);
        check("*/bin/tool", "t-1/bin/", false);
        check("*", "a/b/c", true);
        check("b", "a/b", false);
        check("**/b", "a/a/b", true);
        check("**/b", "b/c", true);
        check("**/b", "a/c", false);
        check("a/**/c", "a/c", true);
        check("a/**/c", "a/b/b/c/d", true);
        check("a/**", "a/b", true);
        check("lib?.so*", "liba.so.1", true);
        check("", "anything", true);
        check(&"**/a/".repeat(60), &"a/".repeat(59), false);
    }
}
