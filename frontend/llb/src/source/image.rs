use std::sync::Arc;

use super::{Attributes, normalize_reference};
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, Platform};

/// An image of a registry: `docker-image://` (client/llb/source.go `Image`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSource {
    /// The name; a short one is brought to its full form, see [`normalize_reference`]. With a digest the image is pinned.
    pub reference: String,
    /// Which of the platforms of the image.
    pub platform: Arc<Platform>,
    /// Whether an image that is already there will do.
    pub resolve_mode: ResolveMode,
    /// What the pulled image counts as.
    pub record_type: Option<RecordType>,
    /// Only so many layers, from the lowest.
    pub layer_limit: Option<u32>,
    /// The digest that the image must have, such as `sha256:...`; other than a digest in the name it does not choose.
    pub checksum: Option<String>,
}

impl ImageSource {
    /// An image for a platform, all else as by default.
    #[must_use]
    pub fn new(reference: impl Into<String>, platform: impl Into<Arc<Platform>>) -> Self {
        Self {
            reference: reference.into(),
            platform: platform.into(),
            resolve_mode: ResolveMode::Default,
            record_type: None,
            layer_limit: None,
            checksum: None,
        }
    }
}

/// Whether an image that is already there will do. The same must be asked for when the image's config is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveMode {
    /// As the daemon sees fit.
    #[default]
    Default,
    /// Always ask the registry.
    ForcePull,
    /// Take a local image if there is one.
    PreferLocal,
}

/// What a pulled image counts as in the daemon's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordType {
    /// An image that the user asked for.
    Regular,
    /// One that the build needs for itself.
    Internal,
    /// One that holds a frontend.
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
        let reference = normalize_reference(&self.reference);
        attributes.encode(&["docker-image://", &reference], Some(&self.platform), writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceImage);
        // A daemon that does not know the other modes may ignore them (client/llb/source.go `Image`).
        needs.insert_if(self.resolve_mode == ResolveMode::ForcePull, Capability::SourceImageResolveMode);
        needs.insert_if(self.layer_limit.is_some(), Capability::SourceImageLayerLimit);
        needs.insert_if(self.checksum.is_some(), Capability::SourceImageChecksum);
        needs
    }
}
