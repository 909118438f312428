//! The lines between `diff --git` and the hunks of a file (`parse_git_diff_header` in `apply.c` of git).

use varve_archive::text_of;

use super::change::{Change, canonical};
use super::names::{self, End};

/// The number of digits of a digest.
const LONGEST_DIGEST: usize = 64;

/// What a line of a header is.
pub(super) enum Read {
    /// It belongs to the header.
    Inside,
    /// It is the first line after the header.
    End,
}

/// The header of a file while its lines are read.
pub(super) struct Header<'p> {
    pub(super) change: Change<'p>,
    /// The name in the line `diff --git`.
    default: Option<Vec<u8>>,
    strip: usize,
}

impl Header<'_> {
    /// Starts a header with the part of a line after `diff --git `.
    pub(super) fn new(names: &[u8], line: usize, strip: usize) -> Self {
        // A header says explicitly whether a file is new.
        let change = Change { line, is_new: Some(false), is_deleted: Some(false), ..Change::default() };
        Self { change, default: names::of_header(names, strip), strip }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// The line contradicts an earlier one.
    pub(super) fn read(&mut self, line: &[u8]) -> Result<Read, String> {
        let Self { change, default, strip } = self;
        // These lines have names without the folders `a` and `b`.
        let whole = |rest: &[u8]| names::name(rest, strip.saturating_sub(1), End::Line);
        if line.starts_with(b"@@ -") {
            return Ok(Read::End);
        } else if let Some(rest) = line.strip_prefix(b"--- ") {
            named(&mut change.old, rest, *strip, change.is_new == Some(true))?;
        } else if let Some(rest) = line.strip_prefix(b"+++ ") {
            named(&mut change.new, rest, *strip, change.is_deleted == Some(true))?;
        } else if let Some(rest) = line.strip_prefix(b"old mode ") {
            change.old_mode = Some(mode(rest)?);
        } else if let Some(rest) = line.strip_prefix(b"new mode ") {
            change.new_mode = Some(mode(rest)?);
        } else if let Some(rest) = line.strip_prefix(b"deleted file mode ") {
            change.is_deleted = Some(true);
            change.old.clone_from(default);
            change.old_mode = Some(mode(rest)?);
        } else if let Some(rest) = line.strip_prefix(b"new file mode ") {
            change.is_new = Some(true);
            change.new.clone_from(default);
            change.new_mode = Some(mode(rest)?);
        } else if let Some(rest) = line.strip_prefix(b"copy from ") {
            change.is_copied = true;
            change.old = whole(rest);
        } else if let Some(rest) = line.strip_prefix(b"copy to ") {
            change.is_copied = true;
            change.new = whole(rest);
        } else if let Some(rest) = after_any(line, [b"rename from ", b"rename old "]) {
            change.is_renamed = true;
            change.old = whole(rest);
        } else if let Some(rest) = after_any(line, [b"rename to ", b"rename new "]) {
            change.is_renamed = true;
            change.new = whole(rest);
        } else if let Some(rest) = line.strip_prefix(b"index ") {
            // The digests before and after the change, and the mode if it stays the same.
            if let Some(rest) = after_digests(rest) {
                change.old_mode = Some(mode(rest)?);
            }
        } else if !line.starts_with(b"similarity index ") && !line.starts_with(b"dissimilarity index ") {
            return Ok(Read::End);
        }
        let facts = [change.is_new == Some(true), change.is_deleted == Some(true), change.is_renamed];
        match facts.into_iter().chain([change.is_copied]).filter(|fact| *fact).count() > 1 {
            true => Err("the lines before it contradict each other".to_owned()),
            false => Ok(Read::Inside),
        }
    }

    /// Returns the name in the line `diff --git` where no other line has one, and checks that there is one.
    pub(super) fn names(&mut self) -> Result<(), String> {
        let Self { change, default, .. } = self;
        if change.old.is_none() && change.new.is_none() {
            change.old.clone_from(default);
            change.new.clone_from(default);
        }
        let needs_old = change.is_new == Some(false);
        let needs_new = change.is_deleted == Some(false);
        if (needs_old && change.old.is_none()) || (needs_new && change.new.is_none()) {
            return Err("it does not name its file; expected names such as `a/FILE` and `b/FILE`".to_owned());
        }
        // A new file has no old name, although the line `diff --git` has one, and the other way round.
        if !needs_old {
            change.old = None;
        }
        if !needs_new {
            change.new = None;
        }
        Ok(())
    }
}

/// Returns what is behind the two digests of a line `index`, if anything is. Lines of another form mean nothing.
fn after_digests(line: &[u8]) -> Option<&[u8]> {
    let position = |line: &[u8], end: u8| line.iter().position(|byte| *byte == end);
    let short = |length: &usize| *length <= LONGEST_DIGEST;
    let at = position(line, b'.').filter(short)?;
    let second = line[at..].strip_prefix(b"..")?;
    let at = position(second, b' ').filter(short)?;
    Some(&second[at + 1..])
}

fn after_any<'l, const N: usize>(line: &'l [u8], words: [&[u8]; N]) -> Option<&'l [u8]> {
    words.into_iter().find_map(|word| line.strip_prefix(word))
}

/// Reads a name of a line `---` or `+++`, which has to be that of earlier lines.
fn named(known: &mut Option<Vec<u8>>, line: &[u8], strip: usize, is_null: bool) -> Result<(), String> {
    let found = names::name(line, strip, End::Tab);
    match known {
        None if is_null && !names::is_null(line) => {
            Err(format!("it names `{}`, expected /dev/null", text_of(line.trim_ascii_end())))
        }
        None if is_null => Ok(()),
        None => {
            *known = found;
            Ok(())
        }
        Some(_) if !is_null && found == *known => Ok(()),
        Some(known) => Err(format!(
            "it names `{}`, expected `{}` of the lines before it",
            text_of(line.trim_ascii_end()),
            text_of(known)
        )),
    }
}

/// Parses a mode, such as `100644`.
fn mode(text: &[u8]) -> Result<u32, String> {
    let digits = text.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let mode = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let shown = text_of(text.trim_ascii_end());
    match mode {
        Some(0o160_000) => Err("it changes a submodule, which varve cannot do".to_owned()),
        Some(mode) => canonical(mode).ok_or_else(|| format!("`{shown}` is not the mode of a file")),
        None => Err(format!("`{shown}` is not a mode")),
    }
}
