//! Errors of references.

use thiserror::Error;

/// The error for a text that is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not an image reference: {problem}")]
pub struct InvalidReference {
    text: String,
    problem: ReferenceProblem,
}

impl InvalidReference {
    pub(super) fn new(text: &str, problem: ReferenceProblem) -> Self {
        Self { text: text.to_owned(), problem }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The problem with it.
    pub fn problem(&self) -> &ReferenceProblem {
        &self.problem
    }
}

/// The reason why a text is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceProblem {
    /// There is no name before the tag, the digest or the end.
    #[error("it has no name")]
    NoName,
    /// The text is 64 hexadecimal digits, which are the id of an image and not its name.
    #[error("64 hexadecimal digits are the id of an image, not its name")]
    Identifier,
    /// The part before the first slash cannot be a host.
    #[error("`{0}` is not a host")]
    Domain(String),
    /// The name of the repository has upper-case letters.
    #[error("`{0}` has upper-case letters, which only tags and hosts may have")]
    UpperCase(String),
    /// A part of the name of the repository, between slashes, is not valid.
    #[error(
        "`{0}` is not a part of a name: expected lower-case letters and digits, and `.`, `_`, `__` or hyphens \
         between them"
    )]
    Component(String),
    /// The name of the repository is too long.
    #[error("the name of its repository has {0} characters, expected at most 255")]
    TooLong(usize),
    /// Nothing follows the colon.
    #[error("nothing follows the `:`, where its tag is expected")]
    EmptyTag,
    /// The part after the colon cannot be a tag.
    #[error(
        "`{0}` is not a tag: expected at most 128 letters, digits, `_`, `.` and hyphens, the first a letter, a \
         digit or `_`"
    )]
    Tag(String),
    /// The part after `@` cannot be a digest.
    #[error("`{0}` is not a digest: expected `sha256:` and 64 hexadecimal digits in lower case")]
    Digest(String),
}
