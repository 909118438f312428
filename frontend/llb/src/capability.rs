//! What a daemon must be able to do, and since when BuildKit can.

use std::fmt;

/// A release of BuildKit, shown as `0.10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot.
    pub minor: u16,
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// One table for the names, ids and first releases.
macro_rules! capabilities {
    ($($name:ident $id:literal $major:literal . $minor:literal $doc:literal)*) => {
        /// A capability of the daemon that an operation needs.
        ///
        /// The ids are those of solver/pb/caps.go, the releases the first tag of BuildKit whose list holds the id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
pub enum Capability {
            $(#[doc = $doc] $name,)*
        }

        impl Capability {
            /// Every capability an operation of this crate can need.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The id, as the daemon lists it and as operations declare it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The first release of BuildKit that has it.
            #[must_use]
            pub const fn since(self) -> Release {
                match self { $(Self::$name => Release { major: $major, minor: $minor }),* }
            }

            /// The capability of this id; none when operations of this crate never need it.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$name),)* _ => None }
            }
        }
    };
}

// By id, so that a set is walked in the order in which a map of ids is written.
capabilities! {
    Diff "diffop" 0 . 10 "The difference of two file systems."
    ExecMetaBase "exec.meta.base" 0 . 3 "Running a process."
    ExecMetaDevices "exec.meta.cdi" 0 . 20 "Devices by their CDI name."
    ExecMetaCgroupParent "exec.meta.cgroup.parent" 0 . 10 "The parent control group."
    ExecMetaLinuxResources "exec.meta.linux.resources" 0 . 31 "Limits of memory and processors."
    ExecMetaNetwork "exec.meta.network" 0 . 3 "The host's network, or none."
    ExecMetaProxy "exec.meta.proxyenv" 0 . 3 "Proxies that are not part of the cache key."
    ExecMetaSecurity "exec.meta.security" 0 . 5 "A process without sandbox."
    ExecMetaSetsDefaultPath "exec.meta.setsdefaultpath" 0 . 3 "A PATH when the step sets none."
    ExecMetaUlimit "exec.meta.ulimit" 0 . 10 "Resource limits of the process."
    ExecMountBind "exec.mount.bind" 0 . 3 "File systems mounted into a step."
    ExecMountBindDiscard "exec.mount.bind.readwrite-nooutput" 0 . 7 "A writable mount whose changes are dropped."
    ExecMountCache "exec.mount.cache" 0 . 3 "Cache mounts."
    ExecMountContentCache "exec.mount.cache.content" 0 . 13 "Whether a mount's contents are looked up in the cache."
    ExecMountCacheSharing "exec.mount.cache.sharing" 0 . 3 "How cache mounts are shared."
    ExecMountSecret "exec.mount.secret" 0 . 3 "Secrets."
    ExecMountSelector "exec.mount.selector" 0 . 3 "Mounting a part of a file system."
    ExecMountSsh "exec.mount.ssh" 0 . 3 "The ssh agent."
    ExecMountTmpfs "exec.mount.tmpfs" 0 . 3 "Memory mounts."
    ExecMountTmpfsSize "exec.mount.tmpfs.size" 0 . 10 "The size of a memory mount."
    ExecSecretEnv "exec.secretenv" 0 . 10 "Secrets as environment variables."
    ExecValidExitCode "exec.validexitcode" 0 . 17 "Exit codes other than zero that are a success."
    FileBase "file.base" 0 . 5 "File actions."
    FileCopyReplace "file.copy.alwaysreplaceexistingdestpaths" 0 . 14 "Replacing a file by a folder and the other way round."
    FileCopyIncludeExclude "file.copy.includeexcludepatterns" 0 . 9 "Copying only what matches."
    FileCopyRequiredPaths "file.copy.requiredpaths" 0 . 26 "Paths a filtered copy must find."
    FileRmWildcard "file.rm.wildcard" 0 . 7 "Removing what matches."
    FileSymlink "file.symlink.create" 0 . 19 "Making symbolic links."
    Merge "mergeop" 0 . 10 "Merging file systems without copying."
    SourceHttpUidGid "soruce.http.uidgid" 0 . 3 "The owner of a downloaded file (the id is misspelt in BuildKit)."
    SourceGit "source.git" 0 . 3 "Git repositories."
    SourceGitChecksum "source.git.checksum" 0 . 22 "A commit that must be the one."
    SourceGitFetchByCommit "source.git.fetchbycommit" 0 . 30 "Fetching a commit without resolving the reference."
    SourceGitFullUrl "source.git.fullurl" 0 . 3 "The URL of a repository as it was written."
    SourceGitHttpAuth "source.git.httpauth" 0 . 8 "Secrets of one's own choice for git over HTTP."
    SourceGitKeepDir "source.git.keepgitdir" 0 . 3 "Keeping the `.git` folder."
    SourceGitKnownSshHosts "source.git.knownsshhosts" 0 . 8 "Host keys for git over ssh."
    SourceGitMountSshSock "source.git.mountsshsock" 0 . 8 "The agent for git over ssh."
    SourceGitMtime "source.git.mtime" 0 . 29 "File times taken from the commit."
    SourceGitSignature "source.git.signatureverify" 0 . 26 "A signature that must hold for a commit or tag."
    SourceGitSkipSubmodules "source.git.skipsubmodules" 0 . 24 "A repository without its submodules."
    SourceGitSubdir "source.git.subdir" 0 . 9 "One folder of a repository."
    SourceHttp "source.http" 0 . 3 "Downloads."
    SourceHttpAuth "source.http.auth" 0 . 21 "A secret for the Authorization header."
    SourceHttpChecksum "source.http.checksum" 0 . 3 "A download whose digest is checked."
    SourceHttpHeader "source.http.header" 0 . 21 "Headers of the request."
    SourceHttpPerm "source.http.perm" 0 . 3 "The mode of a downloaded file."
    SourceHttpSignature "source.http.signatureverify" 0 . 28 "A signature that must hold for a download."
    SourceImage "source.image" 0 . 3 "Images of registries."
    SourceImageChecksum "source.image.checksum" 0 . 25 "An image whose digest is checked."
    SourceImageLayerLimit "source.image.layerlimit" 0 . 11 "Only the first layers of an image."
    SourceImageResolveMode "source.image.resolvemode" 0 . 3 "Pulling an image even if it is there."
    SourceImageBlob "source.imageblob" 0 . 28 "Single blobs of a registry or store."
    SourceLocal "source.local" 0 . 3 "Folders of the client."
    SourceLocalDiffer "source.local.differ" 0 . 9 "How files are compared with an earlier transfer."
    SourceLocalExclude "source.local.excludepatterns" 0 . 3 "Leaving out what matches."
    SourceLocalFollow "source.local.followpaths" 0 . 3 "Sending only these paths and what their links point at."
    SourceLocalInclude "source.local.includepatterns" 0 . 3 "Sending only what matches."
    SourceLocalMetadata "source.local.metadatatransfer" 0 . 21 "Sending names and modes without contents."
    SourceLocalSession "source.local.sessionid" 0 . 3 "A folder of a given session."
    SourceLocalSharedKey "source.local.sharedkeyhint" 0 . 3 "Which earlier transfer to compare with."
    SourceLocalUnique "source.local.unique" 0 . 3 "A folder told apart by a unique id."
    SourceOciLayout "source.ocilayout" 0 . 11 "Images in a store of the client."
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CapabilitySet(u128);

impl CapabilitySet {
    pub(crate) fn insert(&mut self, capability: Capability) {
        self.0 |= 1 << capability as u32;
    }

    pub(crate) fn insert_if(&mut self, condition: bool, capability: Capability) {
        if condition {
            self.insert(capability);
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Capability> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = Capability::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(*next)
        })
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        let mut set = Self::default();
        capabilities.into_iter().for_each(|capability| set.insert(capability));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_found_again() {
        for capability in Capability::ALL {
            assert_eq!(Capability::from_id(capability.id()), Some(*capability));
        }
        assert_eq!(Capability::from_id("source.imaginary"), None);
        assert!(Capability::ALL.is_sorted_by_key(|capability| capability.id()));
    }

    #[test]
    fn a_set_holds_every_capability() {
        let all: CapabilitySet = Capability::ALL.iter().copied().collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), Capability::ALL);
        assert_eq!(CapabilitySet::default().iter().count(), 0);
    }

    #[test]
    fn releases_compare_by_number() {
        assert!(Capability::SourceImage.since() < Capability::Merge.since());
        assert_eq!(Capability::Merge.since().to_string(), "0.10");
    }
}
