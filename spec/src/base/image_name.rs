//! Names of images as a build file writes them.

use std::cmp::Ordering;
use std::fmt;

use buildkit_names::{InvalidReference, Reference, ReferenceProblem};

/// The name of an image, as the user wrote it. A client may put something else in the place of the image, by the same name.
///
/// Names are equal if they mean the same image: `debian` and `docker.io/library/debian:latest` are. What is not a reference is a name
/// too, equal to itself alone: whoever resolves the image reports what is wrong with it.
#[derive(Debug, Clone)]
pub struct ImageName {
    written: String,
    reference: Result<Reference, InvalidReference>,
}

impl ImageName {
    /// The name that a text is.
    pub fn new(written: &str) -> Self {
        Self { written: written.to_owned(), reference: written.parse() }
    }

    /// The text that was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The image that it means.
    ///
    /// # Errors
    /// The text is not a reference.
    pub fn reference(&self) -> Result<&Reference, InvalidReference> {
        self.reference.as_ref().map_err(Clone::clone)
    }

    /// The name of the context that a client puts in its place: the familiar form of the reference.
    pub fn context(&self) -> &str {
        self.reference.as_ref().map_or(&self.written, Reference::familiar)
    }

    /// Whether it states a digest, be it a valid one or not.
    pub fn has_digest(&self) -> bool {
        match &self.reference {
            Ok(reference) => reference.digest().is_some(),
            Err(error) => matches!(error.problem(), ReferenceProblem::Digest(_)),
        }
    }

    /// What was written before the digest.
    pub fn without_digest(&self) -> String {
        match &self.reference {
            Ok(reference) => reference.without_digest().to_string(),
            Err(_) => self.written.clone(),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
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
