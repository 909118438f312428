//! Reads a patch: the changes of files in any text, such as a mail (`find_header` and `parse_single_patch` in `apply.c` of git).

use super::binary::{self, BinaryChange};
use super::change::{Change, Content};
use super::header::{Header, Read};
use super::hunk::{self, Hunk};
use super::names::{self, End};

/// Returns the changes of files in a patch.
///
/// # Errors
/// There are none, or one of them is damaged. The error names the line.
pub(super) fn changes(text: &[u8]) -> Result<Vec<Change<'_>>, String> {
    let mut parser = Parser { text, at: 0, line: 1, strip: 1, is_strip_known: false };
    let mut changes = Vec::new();
    loop {
        match parser.change() {
            Ok(Some(change)) => changes.push(change),
            Ok(None) if changes.is_empty() => {
                return Err("it is not a patch: found no line `diff --git`, and no lines `---` and `+++` with a hunk `@@`".to_owned());
            }
            Ok(None) => return Ok(changes),
            Err(problem) => return Err(format!("line {}: {problem}", parser.line)),
        }
    }
}

struct Parser<'p> {
    text: &'p [u8],
    /// The offset of the current line, and its number.
    at: usize,
    line: usize,
    /// The number of folders that names lose.
    strip: usize,
    is_strip_known: bool,
}

impl<'p> Parser<'p> {
    /// Returns a line with its line break. `None` at the end.
    fn line_at(&self, at: usize) -> Option<&'p [u8]> {
        let rest = self.text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        Some(&rest[..length])
    }

    fn peek(&self) -> Option<&'p [u8]> {
        self.line_at(self.at)
    }

    fn next(&mut self) -> Option<&'p [u8]> {
        let line = self.peek()?;
        self.at += line.len();
        self.line += 1;
        Some(line)
    }

    /// Reads the next change. `None` if there are no more.
    fn change(&mut self) -> Result<Option<Change<'p>>, String> {
        while let Some(line) = self.peek() {
            if line.starts_with(b"@@ -") && hunk::header(line).is_some() {
                return Err("the hunk belongs to no file".to_owned());
            }
            if let Some(names) = line.strip_prefix(b"diff --git ") {
                if let Some(change) = self.git(names)? {
                    return self.content(change).map(Some);
                }
                continue;
            }
            if let Some(change) = self.traditional(line)? {
                return self.content(change).map(Some);
            }
            self.next();
        }
        Ok(None)
    }

    /// Reads a header of git. `None` if the line has none behind it.
    fn git(&mut self, names: &[u8]) -> Result<Option<Change<'p>>, String> {
        let start = self.line;
        let mut header = Header::new(names, start, self.strip);
        self.next();
        while let Some(line) = self.peek().filter(|line| line.ends_with(b"\n")) {
            if let Read::End = header.read(line)? {
                break;
            }
            self.next();
        }
        header.names()?;
        Ok((self.line > start + 1).then_some(header.change))
    }

    /// Reads the two lines that `diff -u` writes. `None` if these are not them.
    fn traditional(&mut self, line: &'p [u8]) -> Result<Option<Change<'p>>, String> {
        let Some(first) = line.strip_prefix(b"--- ") else { return Ok(None) };
        let at = self.at + line.len();
        let Some(next) = self.line_at(at) else { return Ok(None) };
        let Some(second) = next.strip_prefix(b"+++ ") else { return Ok(None) };
        let third = self.line_at(at + next.len());
        if !third.is_some_and(|third| third.starts_with(b"@@ -")) {
            return Ok(None);
        }
        if !self.is_strip_known {
            // A name without a folder has nothing to lose.
            let named = if names::is_null(second) { first } else { second };
            if names::name(named, 0, End::Tab).is_some_and(|name| !name.contains(&b'/')) {
                (self.strip, self.is_strip_known) = (0, true);
            }
        }
        let name = |line: &[u8]| names::name(line, self.strip, End::Tab);
        let mut change = Change { line: self.line, ..Change::default() };
        let is_new = names::is_null(first);
        let is_deleted = !is_new && names::is_null(second);
        let found = match (is_new, is_deleted) {
            (true, _) => name(second),
            (_, true) => name(first),
            _ => match (name(first), name(second)) {
                // `file` rather than `file.orig`.
                (Some(short), Some(long)) if long.len() > short.len() && long.starts_with(&short) => {
                    Some(short)
                }
                (old, new) => new.or(old),
            },
        };
        let Some(found) = found else {
            return Err("it does not name its file; expected a name such as `a/FILE`".to_owned());
        };
        if is_new || (!is_deleted && names::has_time_zero(first)) {
            (change.is_new, change.is_deleted, change.new) = (Some(true), Some(false), Some(found));
        } else if is_deleted || names::has_time_zero(second) {
            (change.is_new, change.is_deleted, change.old) = (Some(false), Some(true), Some(found));
        } else {
            (change.old, change.new) = (Some(found.clone()), Some(found));
        }
        self.next();
        self.next();
        Ok(Some(change))
    }

    /// Reads what follows the header of a file.
    fn content(&mut self, mut change: Change<'p>) -> Result<Change<'p>, String> {
        let mut hunks = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.starts_with(b"@@ -")) {
            hunks.push(self.hunk(line)?);
        }
        let has_old = hunks.iter().any(|hunk| hunk.has_old);
        let has_new = hunks.iter().any(|hunk| hunk.has_new);
        // A file can only be new if a single hunk adds all of it.
        if has_old || hunks.len() > 1 {
            change.is_new = change.is_new.or(Some(false));
        }
        if has_new || hunks.len() > 1 {
            change.is_deleted = change.is_deleted.or(Some(false));
        }
        if change.is_new == Some(true) && has_old {
            return Err("a new file cannot have lines that were there before".to_owned());
        }
        if change.is_deleted == Some(true) && has_new {
            return Err("a deleted file cannot have lines after that".to_owned());
        }
        change.content = match hunks.is_empty() {
            true => self.binary()?,
            false => Content::Text(hunks),
        };
        if matches!(&change.content, Content::Text(hunks) if hunks.is_empty()) && !change.has_metadata() {
            return Err("a change of the file was expected before this line".to_owned());
        }
        Ok(change)
    }

    /// Reads a change of a binary file. Without one, there are no hunks.
    fn binary(&mut self) -> Result<Content<'p>, String> {
        let Some(line) = self.peek() else { return Ok(Content::default()) };
        if line.ends_with(b" differ\n") && (line.starts_with(b"Binary files ") || line.starts_with(b"Files "))
        {
            self.next();
            return Ok(Content::Differs);
        }
        if line != b"GIT binary patch\n" {
            return Ok(Content::default());
        }
        self.next();
        let forward = self.way()?.ok_or("the line `literal` or `delta` is missing")?;
        let backward = self.way()?;
        Ok(Content::Binary(Box::new(BinaryChange { forward, backward })))
    }

    fn way(&mut self) -> Result<Option<binary::Way>, String> {
        let Some(first) = self.peek() else { return Ok(None) };
        let is_way = first.starts_with(b"literal ") || first.starts_with(b"delta ");
        if is_way {
            self.next();
        }
        Ok(binary::way(first, || self.next())?)
    }

    /// Reads a hunk. Its header says how many lines it has.
    fn hunk(&mut self, line: &[u8]) -> Result<Hunk<'p>, String> {
        let numbers = hunk::header(line);
        let [old_start, old_lines, new_start, new_lines] =
            numbers.ok_or("the line is not a hunk such as `@@ -1,2 +3,4 @@`")?;
        let (number, _) = (self.line, self.next());
        let start = self.at;
        let (mut old, mut new) = (old_lines, new_lines);
        let (mut changes, mut has_trailing) = (false, false);
        let too_many = || format!("the hunk of line {number} has more lines than its header says");
        while old > 0 || new > 0 {
            let line = self.peek().filter(|line| line.ends_with(b"\n"));
            let line = line.ok_or_else(|| format!("the hunk of line {number} ends too early"))?;
            match line.first() {
                Some(b' ' | b'\n') => {
                    old = old.checked_sub(1).ok_or_else(too_many)?;
                    new = new.checked_sub(1).ok_or_else(too_many)?;
                    has_trailing = true;
                }
                Some(b'-') => {
                    old = old.checked_sub(1).ok_or_else(too_many)?;
                    (changes, has_trailing) = (true, false);
                }
                Some(b'+') => {
                    new = new.checked_sub(1).ok_or_else(too_many)?;
                    (changes, has_trailing) = (true, false);
                }
                Some(b'\\') if line.starts_with(b"\\ ") && line.len() >= 12 => {}
                _ => return Err(format!("the hunk of line {number} ends too early")),
            }
            self.next();
        }
        // The mark of a last line without a line break. Here git does not ask for a long line, but for a text that goes on (`parse_fragment`
        // in apply.c).
        if self.text[self.at..].len() > 12 && self.text[self.at..].starts_with(b"\\ ") {
            self.next();
        }
        if !changes {
            return Err(format!("the hunk of line {number} changes nothing"));
        }
        let (has_old, has_new) = (old_lines > 0, new_lines > 0);
        let text = &self.text[start..self.at];
        Ok(Hunk { line: number, old_start, new_start, has_old, has_new, has_trailing, text })
    }
}
