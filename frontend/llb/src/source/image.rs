//! Sources that pull an image from a registry.

use std::sync::Arc;

use super::Attributes;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, Platform, Reference};

/// Pulls an image from a registry: `docker-image://` (`Image` in client/llb/source.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSource {
    /// The reference, which is encoded in its canonical form. With a digest the image is pinned.
    pub reference: Reference,
    /// The platform to pull.
    pub platform: Arc<Platform>,
    /// Whether an image that the daemon already has is used.
    pub resolve_mode: ResolveMode,
    /// How the daemon records the pulled image.
    pub record_type: Option<RecordType>,
    /// Pulls only this number of layers, starting with the lowest.
    pub layer_limit: Option<u32>,
    /// The digest that the image must have, such as `sha256:...`. It verifies the image, while a digest in the reference selects
    /// it.
    pub checksum: Option<String>,
}

impl ImageSource {
    /// Creates a source with default settings.
    #[must_use]
    pub fn new(reference: Reference, platform: impl Into<Arc<Platform>>) -> Self {
        Self {
            reference,
            platform: platform.into(),
            resolve_mode: ResolveMode::Default,
            record_type: None,
            layer_limit: None,
            checksum: None,
        }
    }
}

/// Whether an image that the daemon already has is used. Resolve the config of the image with the same mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveMode {
    /// The daemon decides.
    #[default]
    Default,
    /// The daemon always asks the registry.
    ForcePull,
    /// The daemon uses a local image if it has one.
    PreferLocal,
}

/// How the daemon records a pulled image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordType {
    /// As an image that the user requested.
    Regular,
    /// As an image that the build uses internally.
    Internal,
    /// As the image of a frontend.
    Frontend,
}

impl Encode for ImageSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        match self.resolve_mode {
            ResolveMode::Default => {}
            ResolveMode::ForcePull => attributes.set("image.resolvemode", "pull"),
            ResolveMode::PreferLocal => attributes.set("image.resolvemode", "local"),
        }
        match self.record_type {
            None => {}
            Some(RecordType::Regular) => attributes.set("image.recordtype", "regular"),
            Some(RecordType::Internal) => attributes.set("image.recordtype", "internal"),
            Some(RecordType::Frontend) => attributes.set("image.recordtype", "frontend"),
        }
        if let Some(limit) = self.layer_limit {
            attributes.set("image.layerlimit", limit.to_string());
        }
        attributes.set("image.checksum", self.checksum.as_deref().unwrap_or_default());
        let reference = self.reference.canonical();
        attributes.encode(&["docker-image://", &reference], Some(&self.platform), writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceImage);
        // A daemon that does not know the other modes may ignore them (`Image` in client/llb/source.go).
        needs.insert_if(self.resolve_mode == ResolveMode::ForcePull, Capability::SourceImageResolveMode);
        needs.insert_if(self.layer_limit.is_some(), Capability::SourceImageLayerLimit);
        needs.insert_if(self.checksum.is_some(), Capability::SourceImageChecksum);
        needs
    }
}
