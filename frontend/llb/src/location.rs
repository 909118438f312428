//! Source locations: the lines of the build file that BuildKit shows when an operation fails.

use std::sync::Arc;

use crate::Definition;

/// A source file (`SourceInfo` in solver/pb/ops.proto).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceInfo {
    /// The name that BuildKit shows.
    pub filename: String,
    /// The content of the whole file. A provenance attestation of mode `max` publishes it.
    pub data: Arc<[u8]>,
    /// The language by its name in GitHub's linguist, such as `YAML`.
    pub language: String,
    /// The definition of the operation that the file was read from.
    pub definition: Option<Definition>,
}

/// Ranges in one source file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// The index of the file in the list that [`Graph::definition`](crate::Graph::definition) takes.
    pub source: usize,
    /// The ranges in the file.
    pub ranges: Vec<Range>,
}

/// A range in a file. Both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The first position.
    pub start: Position,
    /// The last position.
    pub end: Position,
}

/// A position in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u32,
    /// The character in the line, counted from 0.
    pub character: u32,
}
