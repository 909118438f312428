//! Sources that read a folder of the client.

use super::Attributes;
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;

/// Reads a folder of the client: `local://` (`Local` in client/llb/source.go).
///
/// The order of patterns and paths is part of the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSource {
    /// The name of the folder on the client, such as `context`.
    pub name: String,
    /// The client that has the folder.
    pub identity: LocalIdentity,
    /// The client sends only files that match one of these patterns.
    pub include: Vec<String>,
    /// The client does not send files that match these patterns. A later pattern `!pattern` includes them again.
    pub exclude: Vec<String>,
    /// The client sends only these paths and the targets of symbolic links among them. The empty list means the whole folder; use
    /// it instead of a list that contains the root.
    pub follow: Vec<String>,
    /// A hint that connects transfers: only files that changed since the last transfer with the same hint are sent.
    pub shared_key: Option<String>,
    /// How files are compared with those of the last transfer.
    pub differ: Differ,
    /// The client sends names, sizes and modes without content, except the content of the paths in this list.
    pub metadata_only: Option<Vec<String>>,
}

impl LocalSource {
    /// Creates a source for a whole folder of a session.
    #[must_use]
    pub fn new(name: impl Into<String>, session: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            identity: LocalIdentity::Session(session.into()),
            include: Vec::new(),
            exclude: Vec::new(),
            follow: Vec::new(),
            shared_key: None,
            differ: Differ::Default,
            metadata_only: None,
        }
    }
}

/// How folders with the same name are distinguished.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalIdentity {
    /// By the session of the client. A frontend receives its id.
    Session(String),
    /// By a text that no other build uses. This is for definitions that are created before there is a session.
    Unique(String),
}

/// How files are compared with those of the last transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Differ {
    /// The daemon decides, and compares metadata.
    #[default]
    Default,
    /// Files are not compared: every file is sent. A daemon without the capability compares them nevertheless.
    None,
    /// Files are not compared, and the daemon must have the capability for this.
    NoneRequired,
    /// Files are compared by size, time, mode and owner.
    Metadata,
}

impl Encode for LocalSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        match &self.identity {
            LocalIdentity::Session(id) => attributes.set("local.session", id),
            LocalIdentity::Unique(id) => attributes.set("local.unique", id),
        }
        attributes.list("local.includepattern", &self.include);
        attributes.list("local.excludepatterns", &self.exclude);
        attributes.list("local.followpaths", &self.follow);
        attributes.set("local.sharedkeyhint", self.shared_key.as_deref().unwrap_or_default());
        match self.differ {
            Differ::Default => {}
            Differ::None | Differ::NoneRequired => attributes.set("local.differ", "none"),
            Differ::Metadata => attributes.set("local.differ", "metadata"),
        }
        if let Some(except) = &self.metadata_only {
            attributes.flag("local.metadatatransfer", true);
            attributes.list("local.metadatatransferexclude", except);
        }
        attributes.encode(&["local://", &self.name], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceLocal);
        needs.insert(match self.identity {
            LocalIdentity::Session(_) => Capability::SourceLocalSession,
            LocalIdentity::Unique(_) => Capability::SourceLocalUnique,
        });
        needs.insert_if(!self.include.is_empty(), Capability::SourceLocalInclude);
        needs.insert_if(!self.exclude.is_empty(), Capability::SourceLocalExclude);
        needs.insert_if(!self.follow.is_empty(), Capability::SourceLocalFollow);
        needs.insert_if(self.shared_key.is_some(), Capability::SourceLocalSharedKey);
        needs.insert_if(self.differ == Differ::NoneRequired, Capability::SourceLocalDiffer);
        needs.insert_if(self.metadata_only.is_some(), Capability::SourceLocalMetadata);
        needs
    }
}
