use super::{Attributes, normalize_reference};
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;

/// A single blob of a registry or of a store of the client, as a file system with one file: `docker-image+blob://` and
/// `oci-layout+blob://` (client/llb/source.go `ImageBlob`, `OCILayoutBlob`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobSource {
    /// The repository with the digest of the blob: `docker.io/acme/app@sha256:...`, and no tag.
    pub reference: String,
    /// Where the blob is.
    pub store: BlobStore,
    /// The name of the file.
    pub filename: String,
    /// The permissions of the file, of which zero cannot be asked for.
    pub mode: Option<u32>,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
}

/// Where a blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlobStore {
    /// In a registry.
    Registry,
    /// In a store of the client.
    OciLayout {
        /// The session of the client that has the store; any when none is given.
        session: Option<String>,
        /// The store, when it is not the name in the reference.
        store: Option<String>,
    },
}

impl BlobSource {
    /// A blob of a registry, all else as by default.
    #[must_use]
    pub fn new(reference: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            store: BlobStore::Registry,
            filename: String::new(),
            mode: None,
            uid: 0,
            gid: 0,
        }
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
        attributes.encode(&[scheme, &normalize_reference(&self.reference)], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::SourceImageBlob].into_iter().collect()
    }
}
