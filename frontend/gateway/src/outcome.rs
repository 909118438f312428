//! The result of a build, which a frontend returns to the daemon.

mod attestation;
mod platforms;

use std::collections::BTreeMap;

pub use attestation::{Attestation, AttestationKind, Subject};
pub use platforms::platforms_json;

use crate::{Refs, Solved};

/// The result of a build: file systems and their metadata.
///
/// The metadata of a result with one ref has plain keys (`containerimage.config`). The keys of a result with a ref for each platform
/// contain the name of the platform (`containerimage.config/linux/arm64`). Both kinds list their platforms under `refs.platforms`; see
/// [`platforms_json`]. The exporters of the daemon read no other keys (`frontend/dockerui/build.go`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The file systems. Their refs must come from this build.
    pub refs: Refs,
    /// The metadata by key. Most values are JSON or text.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// The attestations by platform. The platforms must be those of `refs.platforms`. The daemon adds provenance itself.
    pub attestations: BTreeMap<String, Vec<Attestation>>,
}

impl Outcome {
    /// Creates the answer to a subrequest, which has metadata and no file system.
    pub fn of_metadata(metadata: BTreeMap<String, Vec<u8>>) -> Self {
        Self { metadata, ..Self::default() }
    }
}

/// Returns the result of another frontend unchanged.
impl From<Solved> for Outcome {
    fn from(solved: Solved) -> Self {
        Self { refs: solved.refs, metadata: solved.metadata, attestations: solved.attestations }
    }
}
