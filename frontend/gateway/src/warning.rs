//! Warnings.

use crate::{Range, SourceFile};

/// A remark on the build file. buildx counts them at the end of the build and prints `short` for each; the rest
/// is shown with `--debug`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Warning {
    /// The operation it is shown under: one of this build, best the one that loaded the build file.
    pub vertex: String,
    /// One line: `RuleName: message (line N)`.
    pub short: String,
    /// More lines, such as the rule's description.
    pub detail: Vec<String>,
    /// Where to read more; empty for nowhere.
    pub url: String,
    /// The build file.
    pub file: Option<SourceFile>,
    /// The places in it that are meant.
    pub ranges: Vec<Range>,
}

impl Warning {
    /// One without words, under an operation.
    #[must_use]
    pub fn under(vertex: impl Into<String>) -> Self {
        Self { vertex: vertex.into(), ..Self::default() }
    }
}
