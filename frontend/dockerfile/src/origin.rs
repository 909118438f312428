//! The bases of stages and the origins of files.

use crate::names::StageName;
use crate::word::Word;

/// The base of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// `--platform`.
    pub platform: Option<Word>,
    /// The image or the stage.
    pub origin: Origin,
}

/// A file system that a stage starts from, or that files are copied or mounted from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `scratch`, the empty image.
    Scratch,
    /// An image or a named context.
    Image(Word),
    /// A stage of the same Dockerfile.
    Stage(StageName),
}

impl Base {
    /// Creates a base for the target platform.
    pub fn of(origin: Origin) -> Self {
        Self { platform: None, origin }
    }
}
