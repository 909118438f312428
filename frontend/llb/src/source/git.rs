use super::{Attributes, GitRemote};
use crate::Capability;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::path::absolute;
use crate::writer::Writer;

/// A git repository: `git://` (client/llb/source.go `Git`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// Where the repository is. Its `reference` and `subdir` say what is checked out: a branch, tag or commit, the
    /// default branch when empty, and one folder of it.
    pub remote: GitRemote,
    /// Keep the `.git` folder.
    pub keep_git_dir: bool,
    /// The commit that the reference must be.
    pub checksum: Option<String>,
    /// Take the commit in `checksum` without resolving the reference.
    pub fetch_by_commit: bool,
    /// Leave out submodules.
    pub skip_submodules: bool,
    /// Which times the files get.
    pub mtime: GitMtime,
    /// The secret that holds a token for HTTP, when it is not `GIT_AUTH_TOKEN`.
    pub auth_token_secret: Option<String>,
    /// The secret that holds an Authorization header, when it is not `GIT_AUTH_HEADER`.
    pub auth_header_secret: Option<String>,
    /// Host keys for ssh, in the form of a `known_hosts` file. Without them the daemon takes the host's word.
    pub known_ssh_hosts: Option<String>,
    /// The agent for ssh, when it is not `default`.
    pub ssh_agent: Option<String>,
    /// A signature that must hold.
    pub signature: Option<GitSignature>,
}

impl GitSource {
    /// The repository, all else as by default.
    #[must_use]
    pub fn new(remote: GitRemote) -> Self {
        Self {
            remote,
            keep_git_dir: false,
            checksum: None,
            fetch_by_commit: false,
            skip_submodules: false,
            mtime: GitMtime::Checkout,
            auth_token_secret: None,
            auth_header_secret: None,
            known_ssh_hosts: None,
            ssh_agent: None,
            signature: None,
        }
    }
}

/// The times that checked-out files get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GitMtime {
    /// When they were checked out.
    #[default]
    Checkout,
    /// When the commit was made.
    Commit,
}

/// A signature that the commit or tag must have (source/git/source.go).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitSignature {
    /// The public keys, armoured.
    pub public_key: String,
    /// Refuse keys that have expired.
    pub reject_expired: bool,
    /// Refuse a commit that no signed tag points at.
    pub require_signed_tag: bool,
    /// Look at the commit's signature alone.
    pub ignore_signed_tag: bool,
}

impl Encode for GitSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let GitRemote { url, host, path, reference, subdir, ssh } = &self.remote;
        let mut attributes = Attributes::default();
        attributes.set("git.fullurl", url);
        attributes.flag("git.keepgitdir", self.keep_git_dir);
        attributes.set("git.authtokensecret", self.auth_token_secret.as_deref().unwrap_or("GIT_AUTH_TOKEN"));
        attributes
            .set("git.authheadersecret", self.auth_header_secret.as_deref().unwrap_or("GIT_AUTH_HEADER"));
        if *ssh {
            attributes.set("git.knownsshhosts", self.known_ssh_hosts.as_deref().unwrap_or_default());
            attributes.set("git.mountsshsock", self.ssh_agent.as_deref().unwrap_or("default"));
        }
        attributes.set("git.checksum", self.checksum.as_deref().unwrap_or_default());
        attributes.flag("git.skipsubmodules", self.skip_submodules);
        if self.mtime == GitMtime::Commit {
            attributes.set("git.mtime", "commit");
        }
        attributes.flag("git.fetchbycommit", self.fetch_by_commit);
        if let Some(signature) = &self.signature {
            attributes.set("git.sig.pubkey", &signature.public_key);
            attributes.flag("git.sig.rejectexpired", signature.reject_expired);
            attributes.flag("git.sig.requiresignedtag", signature.require_signed_tag);
            attributes.flag("git.sig.ignoresignedtag", signature.ignore_signed_tag);
        }
        // The same for every protocol, so that the same commit has the same cache key.
        let path = absolute(path);
        let (hash, colon) = match (reference.is_empty(), subdir.is_empty()) {
            (true, true) => ("", ""),
            (_, true) => ("#", ""),
            (_, false) => ("#", ":"),
        };
        attributes.encode(&["git://", host, &path, hash, reference, colon, subdir], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let own_secrets = self.auth_token_secret.is_some() || self.auth_header_secret.is_some();
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceGit);
        needs.insert(Capability::SourceGitFullUrl);
        needs.insert_if(self.keep_git_dir, Capability::SourceGitKeepDir);
        needs.insert_if(own_secrets, Capability::SourceGitHttpAuth);
        needs.insert_if(self.remote.ssh, Capability::SourceGitKnownSshHosts);
        needs.insert_if(self.remote.ssh, Capability::SourceGitMountSshSock);
        needs.insert_if(!self.remote.subdir.is_empty(), Capability::SourceGitSubdir);
        needs.insert_if(self.checksum.is_some(), Capability::SourceGitChecksum);
        needs.insert_if(self.skip_submodules, Capability::SourceGitSkipSubmodules);
        needs.insert_if(self.signature.is_some(), Capability::SourceGitSignature);
        needs.insert_if(self.mtime == GitMtime::Commit, Capability::SourceGitMtime);
        needs.insert_if(self.fetch_by_commit, Capability::SourceGitFetchByCommit);
        needs
    }
}
