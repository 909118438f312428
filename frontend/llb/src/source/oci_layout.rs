//! Sources that read an image from an OCI layout of the client.

use std::sync::Arc;

use super::Attributes;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, Platform};

/// Reads an image from an OCI layout of the client: `oci-layout://` (`OCILayout` in client/llb/source.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciLayoutSource {
    /// A name and the digest of the image: `layout@sha256:...`. It is encoded unchanged.
    pub reference: String,
    /// The platform to read.
    pub platform: Arc<Platform>,
    /// The session of the client that has the layout. The default is any session.
    pub session: Option<String>,
    /// The name of the layout. The default is the name in the reference.
    pub store: Option<String>,
    /// Reads only this number of layers, starting with the lowest.
    pub layer_limit: Option<u32>,
}

impl OciLayoutSource {
    /// Creates a source with default settings.
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
