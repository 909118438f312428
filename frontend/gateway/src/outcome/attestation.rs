//! Attestations: statements about an image that are stored with it.

use std::collections::BTreeMap;

use crate::Ref;

/// A statement about an image, which is a file in a ref.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attestation {
    /// The kind of content at the path.
    pub kind: AttestationKind,
    /// Metadata for the daemon, such as `reason` and `sbom-core`.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// The ref with the file.
    pub content: Option<Ref>,
    /// The path of the file in the ref. For a bundle it is the path of a folder.
    pub path: String,
    /// The type of the in-toto predicate, such as `https://spdx.dev/Document`.
    pub predicate_type: String,
    /// The subjects of the statement. An empty list means the image.
    pub subjects: Vec<Subject>,
}

/// The kind of content at the path of an attestation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationKind {
    /// A file with one predicate.
    #[default]
    InToto,
    /// A folder of in-toto statements.
    Bundle,
}

/// The subject of an attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The image that the attestation is attached to.
    Image {
        /// The name of the subject. If it is empty, the name of the image is used.
        name: String,
    },
    /// The objects with these digests.
    Digests {
        /// The name of the subject.
        name: String,
        /// The digests, such as `sha256:...`.
        digests: Vec<String>,
    },
}
