//! What a frontend hands back to the daemon.

mod attestation;
mod platforms;

use std::collections::BTreeMap;

pub use attestation::{Attestation, AttestationKind, Subject};
pub use platforms::platforms_json;

use crate::{Refs, Solved};

/// The result of a build: file systems and what is said about them.
///
/// A result with one ref has its metadata under plain keys (`containerimage.config`); one with a ref per platform
/// under keys with the platform's name (`containerimage.config/linux/arm64`). Both also name their platforms
/// under `refs.platforms`, see [`platforms_json`]. The daemon's exporters read nothing else
/// (`frontend/dockerui/build.go`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The file systems. They must be of this build.
    pub refs: Refs,
    /// Metadata as raw bytes, most of it JSON or text.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Attestations by the platform's name, which must be one of `refs.platforms`. Leave provenance to the daemon.
    pub attestations: BTreeMap<String, Vec<Attestation>>,
}

impl Outcome {
    /// The answer to a subrequest: metadata and no file system.
    pub fn of_metadata(metadata: BTreeMap<String, Vec<u8>>) -> Self {
        Self { metadata, ..Self::default() }
    }
}

/// Hands on what another frontend made.
impl From<Solved> for Outcome {
    fn from(solved: Solved) -> Self {
        Self { refs: solved.refs, metadata: solved.metadata, attestations: solved.attestations }
    }
}
