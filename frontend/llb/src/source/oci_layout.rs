use std::sync::Arc;

use super::Attributes;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, Platform};

/// An image in a store of the client: `oci-layout://` (client/llb/source.go `OCILayout`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciLayoutSource {
    /// The name with its digest: `store@sha256:...`, taken as it is written.
    pub reference: String,
    /// Which of the platforms of the image.
    pub platform: Arc<Platform>,
    /// The session of the client that has the store; any when none is given.
    pub session: Option<String>,
    /// The store, when it is not the name in the reference.
    pub store: Option<String>,
    /// Only so many layers, from the lowest.
    pub layer_limit: Option<u32>,
}

impl OciLayoutSource {
    /// An image for a platform, all else as by default.
    #[must_use]
    pub fn new(reference: impl Into<String>, platform: impl Into<Arc<Platform>>) -> Self {
        Self {
            reference: reference.into(),
            platform: platform.into(),
            session: None,
            store: None,
            layer_limit: None,
        }
    }
}

impl Encode for OciLayoutSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        attributes.set("oci.session", self.session.as_deref().unwrap_or_default());
        attributes.set("oci.store", self.store.as_deref().unwrap_or_default());
        if let Some(limit) = self.layer_limit {
            attributes.set("oci.layerlimit", limit.to_string());
        }
        attributes.encode(&["oci-layout://", &self.reference], Some(&self.platform), writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::SourceOciLayout].into_iter().collect()
    }
}
