//! Names of images as a build file writes them.

use std::cmp::Ordering;
use std::fmt;

use buildkit_names::{InvalidReference, Reference, ReferenceProblem};

/// The name of an image, as the user wrote it. A client may replace the image by another one, under the same name.
///
/// Names are equal if they mean the same image: `debian` and `docker.io/library/debian:latest` are. A text that is not a reference is a
/// name too, and equal only to itself. What resolves the image reports the problem with it.
#[derive(Debug, Clone)]
pub struct ImageName(Result<Reference, InvalidReference>);

impl ImageName {
    /// Creates the name from a text.
    pub fn new(written: &str) -> Self {
        Self(written.parse())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or_else(InvalidReference::text, Reference::as_written)
    }

    /// The image that it means.
    ///
    /// # Errors
    /// Returns an error if the text is not a reference.
    pub fn reference(&self) -> Result<&Reference, InvalidReference> {
        self.0.as_ref().map_err(Clone::clone)
    }

    /// The name of the context by which a client replaces the image: the familiar form of the reference.
    pub fn context(&self) -> &str {
        self.0.as_ref().map_or_else(InvalidReference::text, Reference::familiar)
    }

    /// Whether it has a digest, valid or not.
    pub fn has_digest(&self) -> bool {
        match &self.0 {
            Ok(reference) => reference.digest().is_some(),
            Err(error) => matches!(error.problem(), ReferenceProblem::Digest(_)),
        }
    }

    /// The text before the digest.
    pub fn without_digest(&self) -> String {
        match &self.0 {
            Ok(reference) => reference.without_digest().to_string(),
            Err(error) => error.text().to_owned(),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for ImageName {
    fn eq(&self, other: &Self) -> bool {
        self.context() == other.context()
    }
}

impl Eq for ImageName {}

impl PartialOrd for ImageName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ImageName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.context().cmp(other.context())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_image_are_equal() {
        let name = ImageName::new;
        assert_eq!(name("debian"), name("docker.io/library/debian:latest"));
        assert_eq!(name("docker.io/library/debian:12").to_string(), "docker.io/library/debian:12");
        assert_ne!(name("debian"), name("debian:12"));
        assert_eq!((name("Tools"), name("Tools").context()), (name("Tools"), "Tools"));
        assert_eq!(name("docker.io/library/debian:latest").context(), "debian");
    }

    #[test]
    fn a_digest_is_one_even_if_it_is_wrong() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (name, expect) in
            [("a", false), ("A b", false), ("a@sha256:0", true), (&format!("a@{digest}"), true)]
        {
            assert_eq!(ImageName::new(name).has_digest(), expect, "{name}");
        }
        assert_eq!(ImageName::new(&format!("ghcr.io/a:1@{digest}")).without_digest(), "ghcr.io/a:1");
    }
}
