//! Where stages and files come from.

use crate::names::StageName;
use crate::word::Word;

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// `--platform`.
    pub platform: Option<Word>,
    /// The image or the stage.
    pub origin: Origin,
}

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the empty image.
    Scratch,
    /// An image or a named context.
    Image(Word),
    /// A stage of the same Dockerfile.
    Stage(StageName),
}

impl Base {
    /// One for the platform of the image.
    pub fn of(origin: Origin) -> Self {
        Self { platform: None, origin }
    }
}
