//! Warnings that the daemon shows to the user.

use crate::{Range, SourceFile};

/// A warning about the build file. At the end of the build, buildx prints the number of warnings and `short` for each of them. It prints
/// the other fields with `--debug`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Warning {
    /// The digest of the operation that the warning is shown under. It must be an operation of this build, such as the one that
    /// loaded the build file.
    pub vertex: String,
    /// The warning in one line: `RuleName: message (line N)`.
    pub short: String,
    /// More lines, such as the description of the rule.
    pub detail: Vec<String>,
    /// The URL of the documentation; empty if there is none.
    pub url: String,
    /// The build file.
    pub file: Option<SourceFile>,
    /// The ranges in the file that the warning is about.
    pub ranges: Vec<Range>,
}

impl Warning {
    /// Creates an empty warning for an operation.
    #[must_use]
    pub fn under(vertex: impl Into<String>) -> Self {
        Self { vertex: vertex.into(), ..Self::default() }
    }
}
