use super::Attributes;
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;

/// A folder of the client: `local://` (client/llb/source.go `Local`).
///
/// Patterns and paths are sent in the order given, which is part of the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSource {
    /// The name that the client gave the folder, such as `context`.
    pub name: String,
    /// Whose folder.
    pub identity: LocalIdentity,
    /// Send only what matches one of these.
    pub include: Vec<String>,
    /// Leave out what matches these; a later `!pattern` takes back.
    pub exclude: Vec<String>,
    /// Send only these paths, and what the links among them point at. None means all; a list that names the root should
    /// be given as none.
    pub follow: Vec<String>,
    /// Transfers with the same hint are compared, so that only what changed is sent.
    pub shared_key: Option<String>,
    /// How files are compared with those of an earlier transfer.
    pub differ: Differ,
    /// Send names, sizes and modes but no contents, except those of the paths in the list.
    pub metadata_only: Option<Vec<String>>,
}

impl LocalSource {
    /// The whole folder of this name in this session.
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

/// What tells folders of the same name apart: exactly one of these is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalIdentity {
    /// The session of the client; the one a frontend is given.
    Session(String),
    /// Any text that no other build uses, where there is no session yet.
    Unique(String),
}

/// How files are compared with those of an earlier transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Differ {
    /// As the daemon does, which is by metadata.
    #[default]
    Default,
    /// Not at all: every file is sent. A daemon that cannot may still compare them.
    None,
    /// Not at all, on a daemon that can.
    NoneRequired,
    /// By size, time, mode and owner.
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
