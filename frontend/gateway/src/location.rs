//! Places in source files, as errors and warnings name them.

use buildkit_proto::pb;

/// A source file with the places in it that are meant: one excerpt for the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceRange {
    /// The file.
    pub file: SourceFile,
    /// The lines to mark. Without any, nothing is printed.
    pub ranges: Vec<Range>,
}

/// A source file: BuildKit's `SourceInfo`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFile {
    /// The name shown to the user.
    pub name: String,
    /// The whole file, since the client cuts the excerpt out of it by line number.
    pub data: Vec<u8>,
    /// The language as linguist names it, such as `YAML`.
    pub language: String,
    /// The operation the file was read from, complete with its terminal op; not needed for an excerpt.
    pub definition: Option<pb::Definition>,
}

/// A range of a source file, both ends included by line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// Where it starts.
    pub start: Position,
    /// Where it ends; BuildKit's clients fail on a range without an end, so there always is one.
    pub end: Position,
}

/// A position in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: i32,
    /// The column, from 0.
    pub character: i32,
}

impl Range {
    /// The range that covers whole lines, from 1, last one included.
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
