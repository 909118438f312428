//! Source files, and places in them: byte spans, lines and columns.

use std::borrow::Cow;
use std::fmt;

use buildkit_names::redacted_in_place;

/// The files that a family is read from, in the order in which they were added. The first one is the build file.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// One file: its name as shown to the user, its text, and the offsets at which its lines start.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    /// For each multiple of [`STRIDE`] bytes, the number of characters that start before it. Empty if the text is ASCII.
    characters: Vec<u32>,
}

/// To find a column, [`Source::position`] counts the characters of at most this many bytes.
const STRIDE: usize = 64;

/// The index of a file in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceId(pub u16);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

/// A place in a file as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Sources {
    /// The sources of a family of one file.
    pub fn single(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut sources = Self::default();
        sources.add(name, text);
        sources
    }

    /// Adds a file and returns its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect();
        let mut characters = Vec::new();
        if !text.is_ascii() {
            characters.push(0);
            for part in text.as_bytes().chunks(STRIDE) {
                characters.push(characters.last().map_or(0, |before| before + begun(part)));
            }
        }
        self.files.push(Source { name: name.into(), text, line_starts, characters });
        SourceId((self.files.len() - 1) as u16)
    }

    /// The file with this index.
    ///
    /// # Panics
    /// Panics if the index belongs to another `Sources`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[usize::from(id.0)]
    }

    /// The indices of all files, in the order in which they were added.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.files.len() as u16).map(SourceId)
    }

    /// All files, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The text of a span. Empty if the span is not valid for its file.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The start and the end of a span. Line breaks and spaces at the end of the span are not counted: the span of a block ends on
    /// its last line that has text.
    pub fn range(&self, span: Span) -> (Position, Position) {
        let source = self.get(span.source);
        let end = span.end.max(span.start);
        let trimmed =
            source.text.get(span.start as usize..end as usize).unwrap_or("").trim_end_matches(['\n', ' ']);
        let start = source.position(span.start);
        if trimmed.contains('\n') {
            return (start, source.position(span.start + trimmed.len() as u32));
        }
        (start, Position { column: start.column + begun(trimmed.as_bytes()), ..start })
    }

    /// The start of a span as `file:line:column`.
    pub fn locate(&self, span: Span) -> String {
        let source = self.get(span.source);
        let at = source.position(span.start);
        format!("{}:{}:{}", source.name, at.line, at.column)
    }
}

impl Source {
    /// The file name as shown to the user, such as `image.yaml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as people see it, in excerpts of clients and in the provenance: without the passwords of its URLs. Lines and columns are
    /// those of the original.
    pub fn shown(&self) -> Cow<'_, str> {
        redacted_in_place(&self.text)
    }

    /// The text of a line without its line break. Lines are counted from 1; a line after the last one is empty.
    pub fn line(&self, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        let Some(&start) = self.line_starts.get(index) else { return "" };
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The line and column of a byte offset.
    pub fn position(&self, at: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts[line - 1] as usize;
        let column = self.characters_before(at as usize).saturating_sub(self.characters_before(start));
        Position { line: line as u32, column: column + 1 }
    }

    /// The number of characters that start before a byte offset.
    fn characters_before(&self, at: usize) -> u32 {
        let at = at.min(self.text.len());
        let near = at / STRIDE;
        let Some(before) = self.characters.get(near) else { return at as u32 };
        before + begun(&self.text.as_bytes()[near * STRIDE..at])
    }
}

/// The number of characters that start in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..0xC0)).count() as u32
}

impl Span {
    /// The span from the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { end: end.end.max(self.end), ..self }
    }

    /// Whether the other span is in the same file and not outside this one.
    #[must_use]
    pub fn contains(self, inner: Self) -> bool {
        self.source == inner.source && self.start <= inner.start && inner.end <= self.end
    }

    /// A part of this span, by byte offsets relative to its start. The part never ends after the span.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let at = |offset: usize| (self.start + offset as u32).min(self.end);
        Self { source: self.source, start: at(start), end: at(end) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.source.0, self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let sources = Sources::single("image.yaml", "a: ä\nbé: c\n");
        let source = sources.get(SourceId(0));
        let check =
            |at: u32, line: u32, column: u32| assert_eq!(source.position(at), Position { line, column });
        check(0, 1, 1);
        check(3, 1, 4);
        check(5, 1, 5);
        check(6, 2, 1);
        check(9, 2, 3);
        assert_eq!(source.line(2), "bé: c");
        assert_eq!(source.line(9), "");
    }

    #[test]
    fn columns_of_long_lines_are_counted_too() {
        let text = format!("first\n{}\nlast", "aä🦀".repeat(1000));
        let sources = Sources::single("image.yaml", text.clone());
        let source = sources.get(SourceId(0));
        for (count, (at, _)) in text.char_indices().skip(6).take(3000).enumerate() {
            assert_eq!(source.position(at as u32), Position { line: 2, column: count as u32 + 1 });
        }
    }

    #[test]
    fn a_range_ends_on_its_last_line_with_text() {
        let sources = Sources::single("f", "run: |\n  a\n  b\n\nx: 1\n");
        let (start, end) = sources.range(Span { source: SourceId(0), start: 0, end: 16 });
        assert_eq!((start.line, end.line), (1, 3));
    }
}
