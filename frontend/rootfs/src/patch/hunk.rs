//! The hunks of a text.

/// A hunk: lines that are replaced by others, with lines around them that stay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hunk<'p> {
    /// The number of its first line in the patch.
    pub(super) line: usize,
    /// The number of its first line in the file before and after the change, or that of the line before if there is none.
    pub(super) old_start: u64,
    pub(super) new_start: u64,
    /// Whether it has lines of the file before and after the change.
    pub(super) has_old: bool,
    pub(super) has_new: bool,
    /// Whether lines that stay are behind the last change.
    pub(super) has_trailing: bool,
    /// Its lines, with the first character of each.
    pub(super) text: &'p [u8],
}

/// What happens to a line of a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Removed,
    Added,
}

/// The direction in which a hunk is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    /// Added lines are removed, to learn whether a change is made already.
    Backward,
}

impl<'p> Hunk<'p> {
    /// Returns the lines with their line breaks.
    pub(super) fn lines(&self, direction: Direction) -> impl Iterator<Item = (Fate, &'p [u8])> + use<'p> {
        Lines(self.text).map(move |(fate, line)| match (direction, fate) {
            (Direction::Backward, Fate::Removed) => (Fate::Added, line),
            (Direction::Backward, Fate::Added) => (Fate::Removed, line),
            _ => (fate, line),
        })
    }
}

/// The lines that were not read yet.
struct Lines<'p>(&'p [u8]);

impl<'p> Iterator for Lines<'p> {
    type Item = (Fate, &'p [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let end = self.0.iter().position(|byte| *byte == b'\n');
            let (line, behind) = self.0.split_at(end.map_or(self.0.len(), |end| end + 1));
            self.0 = behind;
            let (first, rest) = line.split_first()?;
            // The next line says that this one has no line break.
            let is_last = behind.starts_with(b"\\");
            let content = if is_last { rest.strip_suffix(b"\n").unwrap_or(rest) } else { rest };
            match first {
                b'-' => return Some((Fate::Removed, content)),
                b'+' => return Some((Fate::Added, content)),
                b' ' => return Some((Fate::Kept, content)),
                // An empty line that stays.
                b'\n' if !is_last => return Some((Fate::Kept, line)),
                _ => {}
            }
        }
    }
}

/// Parses `@@ -1,2 +3,4 @@`: the start and the number of lines, before and after the change. `None` if a line is not this.
pub(super) fn header(line: &[u8]) -> Option<[u64; 4]> {
    let (old_start, old_lines, rest) = range(line.strip_suffix(b"\n")?.strip_prefix(b"@@ -")?)?;
    let (new_start, new_lines, rest) = range(rest.strip_prefix(b" +")?)?;
    rest.starts_with(b" @@").then_some([old_start, old_lines, new_start, new_lines])
}

fn range(text: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (start, rest) = number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => number(rest).map(|(lines, rest)| (start, lines, rest)),
        None => Some((start, 1, rest)),
    }
}

fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let digits = std::str::from_utf8(&text[..length]).ok()?;
    // More digits than this are in no patch.
    let number = digits.parse().ok().filter(|number| *number <= u64::from(u32::MAX))?;
    Some((number, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(header(b"@@ -1,2 +3,4 @@ fn main\n"), Some([1, 2, 3, 4]));
        assert_eq!(header(b"@@ -1 +0,0 @@\n"), Some([1, 1, 0, 0]));
        for line in
            ["@@ -1 +1 @@", "@@ -1,2 3 @@\n", "@@ -a +1 @@\n", "@@ -1 +99999999999 @@\n", "@@ -,1 +1 @@\n"]
        {
            assert_eq!(header(line.as_bytes()), None, "{line}");
        }
    }
}
