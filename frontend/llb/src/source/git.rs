//! Sources that check out a git repository.

use super::Attributes;
use crate::capability::CapabilitySet;
use crate::encode::{Encode, Inputs};
use crate::writer::Writer;
use crate::{Capability, GitMtime, GitUrl};

/// Checks out a git repository: `git://` (`Git` in client/llb/source.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// The address of the repository, the branch, tag or commit to check out, and the folder of the repository to take.
    pub url: GitUrl,
    /// Keeps the `.git` folder.
    pub keep_git_dir: bool,
    /// The commit that the reference must resolve to.
    pub checksum: Option<String>,
    /// Fetches the commit in `checksum` without resolving the reference.
    pub fetch_by_commit: bool,
    /// Skips submodules.
    pub skip_submodules: bool,
    /// The modification times of the files.
    pub mtime: GitMtime,
    /// The secret with a token for HTTP. The default is `GIT_AUTH_TOKEN`.
    pub auth_token_secret: Option<String>,
    /// The secret with an Authorization header. The default is `GIT_AUTH_HEADER`.
    pub auth_header_secret: Option<String>,
    /// The host keys for ssh, in the format of a `known_hosts` file. Without them the daemon accepts any host key.
    pub known_ssh_hosts: Option<String>,
    /// The id of the agent for ssh. The default is `default`.
    pub ssh_agent: Option<String>,
    /// The signature that the commit or tag must have.
    pub signature: Option<GitSignature>,
    /// How often the fetch failed before, see [`HttpSource::failed`](super::HttpSource::failed).
    pub failed: u32,
}

impl GitSource {
    /// Creates a source with the settings that the address has in its query, and default settings otherwise.
    #[must_use]
    pub fn new(url: GitUrl) -> Self {
        Self {
            keep_git_dir: url.keep_git_dir().unwrap_or(false),
            checksum: url.checksum().map(str::to_owned),
            fetch_by_commit: url.fetch_by_commit(),
            skip_submodules: !url.submodules().unwrap_or(true),
            mtime: url.mtime().unwrap_or_default(),
            url,
            auth_token_secret: None,
            auth_header_secret: None,
            known_ssh_hosts: None,
            ssh_agent: None,
            signature: None,
            failed: 0,
        }
    }
}

/// How the signature of a commit or tag is verified (source/git/source.go).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitSignature {
    /// The public keys in ASCII armour.
    pub public_key: String,
    /// Refuses expired keys.
    pub reject_expired: bool,
    /// Refuses a commit without a signed tag.
    pub require_signed_tag: bool,
    /// Verifies only the signature of the commit, and not that of a tag.
    pub ignore_signed_tag: bool,
}

impl Encode for GitSource {
    fn encode(&self, _: &mut Inputs, writer: &mut Writer) {
        let mut attributes = Attributes::default();
        attributes.set("git.fullurl", self.url.remote());
        attributes.flag("git.keepgitdir", self.keep_git_dir);
        attributes.set("git.authtokensecret", self.auth_token_secret.as_deref().unwrap_or("GIT_AUTH_TOKEN"));
        attributes
            .set("git.authheadersecret", self.auth_header_secret.as_deref().unwrap_or("GIT_AUTH_HEADER"));
        if self.url.is_ssh() {
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
        attributes.failed(self.failed);
        attributes.encode(&[&self.url.identifier()], None, writer);
    }

    fn capabilities(&self) -> CapabilitySet {
        let own_secrets = self.auth_token_secret.is_some() || self.auth_header_secret.is_some();
        let mut needs = CapabilitySet::default();
        needs.insert(Capability::SourceGit);
        needs.insert(Capability::SourceGitFullUrl);
        needs.insert_if(self.keep_git_dir, Capability::SourceGitKeepDir);
        needs.insert_if(own_secrets, Capability::SourceGitHttpAuth);
        needs.insert_if(self.url.is_ssh(), Capability::SourceGitKnownSshHosts);
        needs.insert_if(self.url.is_ssh(), Capability::SourceGitMountSshSock);
        needs.insert_if(!self.url.subdir().is_empty(), Capability::SourceGitSubdir);
        needs.insert_if(self.checksum.is_some(), Capability::SourceGitChecksum);
        needs.insert_if(self.skip_submodules, Capability::SourceGitSkipSubmodules);
        needs.insert_if(self.signature.is_some(), Capability::SourceGitSignature);
        needs.insert_if(self.mtime == GitMtime::Commit, Capability::SourceGitMtime);
        needs.insert_if(self.fetch_by_commit, Capability::SourceGitFetchByCommit);
        needs
    }
}
