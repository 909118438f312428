//! Locations in source files, for errors and warnings.

use buildkit_proto::pb;

/// A source file and ranges in it. Clients print it as an excerpt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceRange {
    /// The file.
    pub file: SourceFile,
    /// The lines to mark. Without ranges, clients print nothing.
    pub ranges: Vec<Range>,
}

/// A source file (BuildKit's `SourceInfo`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFile {
    /// The name that clients show.
    pub name: String,
    /// The content of the whole file, from which clients cut the excerpt by line number.
    pub data: Vec<u8>,
    /// The language by its name in GitHub's linguist, such as `YAML`.
    pub language: String,
    /// The definition of the operation that the file was read from, with its terminal operation. An excerpt does not need it.
    pub definition: Option<pb::Definition>,
}

/// A range of a source file. The lines of both ends are included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The start.
    pub start: Position,
    /// The end. It is always present, because BuildKit's clients fail on a range without an end.
    pub end: Position,
}

/// A position in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, counted from 1.
    pub line: i32,
    /// The column, counted from 0.
    pub character: i32,
}

impl Range {
    /// Creates a range of whole lines. Lines are counted from 1, and the last one is included.
    pub fn lines(first: i32, last: i32) -> Self {
        Self { start: Position { line: first, character: 0 }, end: Position { line: last, character: 0 } }
    }
}

impl From<SourceFile> for pb::SourceInfo {
    fn from(file: SourceFile) -> Self {
        Self { filename: file.name, data: file.data, definition: file.definition, language: file.language }
    }
}

impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        Self { start: Some(range.start.into()), end: Some(range.end.into()) }
    }
}

impl From<Position> for pb::Position {
    fn from(position: Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}
