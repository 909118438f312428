//! Where in the build file a vertex comes from, so that a failure shows the lines.

use std::sync::Arc;

use crate::Definition;

/// A file that vertices come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceInfo {
    /// The name that is shown.
    pub filename: String,
    /// The whole file. It becomes public with an attestation of mode max.
    pub data: Arc<[u8]>,
    /// The language, as GitHub's linguist calls it: `YAML`.
    pub language: String,
    /// The operation that the file was read from.
    pub definition: Option<Definition>,
}

/// Ranges of one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Index into the files given to [`Graph::definition`](crate::Graph::definition).
    pub source: usize,
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// From a position to another, the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The first position.
    pub start: Position,
    /// The last position.
    pub end: Position,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The character, from 0.
    pub character: u32,
}
