//! Sources that read a single blob.

use super::Attributes;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, Reference};

/// Reads a single blob from a registry or from an OCI layout of the client. The result is a file system with one file.
///
/// The schemes are `docker-image+blob://` and `oci-layout+blob://` (`ImageBlob` and `OCILayoutBlob` in client/llb/source.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobSource {
    /// The repository and the digest of the blob, without a tag: `docker.io/acme/app@sha256:...`.
    pub reference: Reference,
    /// Where the blob is stored.
    pub store: BlobStore,
    /// The name of the file.
    pub filename: String,
    /// The permissions of the file. Zero cannot be set.
    pub mode: Option<u32>,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
}

/// Where a blob is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlobStore {
    /// In a registry.
    Registry,
    /// In an OCI layout of the client.
    OciLayout {
        /// The session of the client that has the layout. The default is any session.
        session: Option<String>,
        /// The name of the layout. The default is the name in the reference.
        store: Option<String>,
    },
}

impl BlobSource {
    /// Creates a source for a blob in a registry.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        Self { reference, store: BlobStore::Registry, filename: String::new(), mode: None, uid: 0, gid: 0 }
    }
}

impl Encode for BlobSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        attributes.file(&self.filename, self.mode, self.uid, self.gid);
        let scheme = match &self.store {
            BlobStore::Registry => "docker-image+blob://",
            BlobStore::OciLayout { session, store } => {
                attributes.set("oci.session", session.as_deref().unwrap_or_default());
                attributes.set("oci.store", store.as_deref().unwrap_or_default());
                "oci-layout+blob://"
            }
        };
        attributes.encode(&[scheme, &self.reference.canonical()], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::SourceImageBlob].into_iter().collect()
    }
}
