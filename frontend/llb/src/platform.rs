//! The platform that an operation is for.

use crate::writer::Writer;

/// An operating system and processor, normalised by the caller: `linux`, `arm64` and no variant rather than `v8`.
///
/// Set on executed steps and on images only; other sources, file actions, merge and diff are the same on every platform
/// (solver/pb/ops.proto `Platform`; `platformSpecificSource` in client/llb/source.go).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// `linux`, `windows`, ...
    pub os: String,
    /// `amd64`, `arm64`, ... as Go names them.
    pub architecture: String,
    /// `v7` of `linux/arm/v7`; empty for most.
    pub variant: String,
    /// Version of the operating system; Windows only.
    pub os_version: String,
    /// Features of the operating system; Windows only.
    pub os_features: Vec<String>,
}

impl Platform {
    /// A platform without variant, such as `("linux", "amd64")`.
    #[must_use]
    pub fn new(os: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self { os: os.into(), architecture: architecture.into(), ..Self::default() }
    }

    /// Field 10 of `Op`.
    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.message(10, |w| {
            w.string(1, &self.architecture);
            w.string(2, &self.os);
            w.string(3, &self.variant);
            w.string(4, &self.os_version);
            w.strings(5, &self.os_features);
        });
    }
}
