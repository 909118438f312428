use super::Attributes;
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;

/// A download: a file system with one file (client/llb/source.go `HTTP`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSource {
    /// The address, `https://...` or `http://...`.
    pub url: String,
    /// The digest that the content must have, such as `sha256:...`.
    pub checksum: Option<String>,
    /// The name of the file; empty for the one that the server or the address gives.
    pub filename: String,
    /// The permissions of the file, of which zero cannot be asked for; 0600 unless said.
    pub mode: Option<u32>,
    /// The owner of the file.
    pub uid: u32,
    /// The group of the file.
    pub gid: u32,
    /// The secret that holds the Authorization header.
    pub auth_header_secret: Option<String>,
    /// The Accept header.
    pub accept: Option<String>,
    /// The User-Agent header.
    pub user_agent: Option<String>,
    /// A signature that must hold.
    pub signature: Option<HttpSignature>,
}

impl HttpSource {
    /// A download from this address, all else as by default.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}

/// A detached OpenPGP signature of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSignature {
    /// The public keys, armoured.
    pub public_key: String,
    /// The signature, armoured.
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
