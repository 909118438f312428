//! Sources that download a file.

use super::Attributes;
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;

/// Downloads a file (`HTTP` in client/llb/source.go). The result is a file system with this file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSource {
    /// The URL: `https://...` or `http://...`.
    pub url: String,
    /// The digest that the content must have, such as `sha256:...`.
    pub checksum: Option<String>,
    /// The name of the file. If it is empty, the name comes from the server or from the URL.
    pub filename: String,
    /// The permissions of the file. Zero cannot be set. The default is 0600.
    pub mode: Option<u32>,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
    /// The secret with the Authorization header.
    pub auth_header_secret: Option<String>,
    /// The Accept header of the request.
    pub accept: Option<String>,
    /// The User-Agent header of the request.
    pub user_agent: Option<String>,
    /// The signature that the content must have.
    pub signature: Option<HttpSignature>,
    /// How often the download failed before. The daemon ignores the number, but it remembers that an operation failed for as long as the
    /// build takes, and another number makes another operation.
    pub failed: u32,
}

impl HttpSource {
    /// Creates a download with default settings.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}

/// A detached OpenPGP signature of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSignature {
    /// The public keys in ASCII armour.
    pub public_key: String,
    /// The signature in ASCII armour.
    pub signature: String,
}

impl Encode for HttpSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        for (key, value) in [
            ("http.checksum", &self.checksum),
            ("http.authheadersecret", &self.auth_header_secret),
            ("http.header.accept", &self.accept),
            ("http.header.user-agent", &self.user_agent),
        ] {
            attributes.set(key, value.as_deref().unwrap_or_default());
        }
        attributes.file(&self.filename, self.mode, self.uid, self.gid);
        if let Some(signature) = &self.signature {
            attributes.set("http.sig.pubkey", &signature.public_key);
            attributes.set("http.sig.signature", &signature.signature);
        }
        attributes.failed(self.failed);
        attributes.encode(&[&self.url], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceHttp);
        needs.insert_if(self.checksum.is_some(), Capability::SourceHttpChecksum);
        needs.insert_if(self.mode.is_some_and(|mode| mode != 0), Capability::SourceHttpPerm);
        needs.insert_if(self.uid != 0 || self.gid != 0, Capability::SourceHttpUidGid);
        needs.insert_if(self.auth_header_secret.is_some(), Capability::SourceHttpAuth);
        needs.insert_if(self.accept.is_some() || self.user_agent.is_some(), Capability::SourceHttpHeader);
        needs.insert_if(self.signature.is_some(), Capability::SourceHttpSignature);
        needs
    }
}
