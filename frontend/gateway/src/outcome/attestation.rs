//! Attestations: statements about an image that travel with it.

use std::collections::BTreeMap;

use crate::Ref;

/// A statement about an image, kept as a file in some ref.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attestation {
    /// What lies at the path.
    pub kind: AttestationKind,
    /// Facts for the daemon, such as `reason` and `sbom-core`.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Where the file is.
    pub content: Option<Ref>,
    /// The file, or for a bundle the folder, in the ref.
    pub path: String,
    /// The type of the in-toto predicate, such as `https://spdx.dev/Document`.
    pub predicate_type: String,
    /// What it is about; nothing means the image.
    pub subjects: Vec<Subject>,
}

/// What an attestation's path holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationKind {
    /// A file with one predicate.
    #[default]
    InToto,
    /// A folder of in-toto statements.
    Bundle,
}

/// What an attestation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The image it is attached to.
    Image {
        /// A name for it; empty for the image's own.
        name: String,
    },
    /// Whatever has these digests.
    Digests {
        /// A name for it.
        name: String,
        /// Digests, such as `sha256:...`.
        digests: Vec<String>,
    },
}
