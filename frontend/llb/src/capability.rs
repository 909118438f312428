//! Capabilities: what operations require of the daemon, and the BuildKit release that introduced each of them.

use std::fmt;

/// A release of BuildKit. It is displayed as `0.10`.
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

/// Generates the enum and its methods from one table of names, ids and releases.
macro_rules! capabilities {
    ($($name:ident $id:literal $major:literal . $minor:literal $doc:literal)*) => {
        /// A capability that an operation requires of the daemon.
        ///
        /// The ids come from solver/pb/caps.go. The release is the first tag of BuildKit whose list contains the id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
pub enum Capability {
            $(#[doc = $doc] $name,)*
        }

        impl Capability {
            /// Every capability that an operation of this crate can require.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the id, as the daemon lists it and as definitions declare it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// Returns the first release of BuildKit that has the capability.
            #[must_use]
            pub const fn since(self) -> Release {
                match self { $(Self::$name => Release { major: $major, minor: $minor }),* }
            }

            /// Returns the capability with this id. `None` if no operation of this crate requires it.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$name),)* _ => None }
            }
        }
    };
}

// The table is sorted by id: iteration over a set then has the order of an encoded map.
capabilities! {
    Diff "diffop" 0 . 10 "Computing the difference of two file systems."
    ExecMetaBase "exec.meta.base" 0 . 3 "Running a process."
    ExecMetaDevices "exec.meta.cdi" 0 . 20 "Using devices by their CDI name."
    ExecMetaCgroupParent "exec.meta.cgroup.parent" 0 . 10 "Setting the parent control group."
    ExecMetaLinuxResources "exec.meta.linux.resources" 0 . 31 "Limiting memory and processors."
    ExecMetaNetwork "exec.meta.network" 0 . 3 "Using the network of the host, or no network."
    ExecMetaProxy "exec.meta.proxyenv" 0 . 3 "Setting proxies that are not part of the cache key."
    ExecMetaSecurity "exec.meta.security" 0 . 5 "Running a process without a sandbox."
    ExecMetaSetsDefaultPath "exec.meta.setsdefaultpath" 0 . 3 "Setting a default PATH for a step that sets none."
    ExecMetaUlimit "exec.meta.ulimit" 0 . 10 "Setting resource limits of a process."
    ExecMountBind "exec.mount.bind" 0 . 3 "Mounting file systems into a step."
    ExecMountBindDiscard "exec.mount.bind.readwrite-nooutput" 0 . 7 "Mounting a file system whose changes are discarded."
    ExecMountCache "exec.mount.cache" 0 . 3 "Mounting cache folders."
    ExecMountContentCache "exec.mount.cache.content" 0 . 13 "Choosing whether the content of a mount is part of the cache key."
    ExecMountCacheSharing "exec.mount.cache.sharing" 0 . 3 "Choosing how cache mounts are shared."
    ExecMountSecret "exec.mount.secret" 0 . 3 "Mounting secrets."
    ExecMountSelector "exec.mount.selector" 0 . 3 "Mounting a part of a file system."
    ExecMountSsh "exec.mount.ssh" 0 . 3 "Forwarding ssh agents."
    ExecMountTmpfs "exec.mount.tmpfs" 0 . 3 "Mounting a tmpfs."
    ExecMountTmpfsSize "exec.mount.tmpfs.size" 0 . 10 "Limiting the size of a tmpfs."
    ExecSecretEnv "exec.secretenv" 0 . 10 "Passing secrets as environment variables."
    ExecValidExitCode "exec.validexitcode" 0 . 17 "Accepting exit codes other than zero."
    FileBase "file.base" 0 . 5 "Running file actions."
    FileCopyReplace "file.copy.alwaysreplaceexistingdestpaths" 0 . 14 "Replacing a file with a folder, and a folder with a file."
    FileCopyIncludeExclude "file.copy.includeexcludepatterns" 0 . 9 "Filtering copied files by patterns."
    FileCopyRequiredPaths "file.copy.requiredpaths" 0 . 26 "Requiring paths that a filtered copy must find."
    FileRmWildcard "file.rm.wildcard" 0 . 7 "Removing paths by pattern."
    FileSymlink "file.symlink.create" 0 . 19 "Creating symbolic links."
    Merge "mergeop" 0 . 10 "Merging file systems without copying."
    SourceHttpUidGid "soruce.http.uidgid" 0 . 3 "Setting the owner of a downloaded file. BuildKit misspells the id."
    SourceGit "source.git" 0 . 3 "Checking out git repositories."
    SourceGitChecksum "source.git.checksum" 0 . 22 "Verifying the commit that a reference resolves to."
    SourceGitFetchByCommit "source.git.fetchbycommit" 0 . 30 "Fetching a commit without resolving a reference."
    SourceGitFullUrl "source.git.fullurl" 0 . 3 "Passing the full URL of a repository."
    SourceGitHttpAuth "source.git.httpauth" 0 . 8 "Choosing the secrets for git over HTTP."
    SourceGitKeepDir "source.git.keepgitdir" 0 . 3 "Keeping the `.git` folder."
    SourceGitKnownSshHosts "source.git.knownsshhosts" 0 . 8 "Setting host keys for git over ssh."
    SourceGitMountSshSock "source.git.mountsshsock" 0 . 8 "Choosing the agent for git over ssh."
    SourceGitMtime "source.git.mtime" 0 . 29 "Taking file times from the commit."
    SourceGitSignature "source.git.signatureverify" 0 . 26 "Verifying the signature of a commit or tag."
    SourceGitSkipSubmodules "source.git.skipsubmodules" 0 . 24 "Skipping submodules."
    SourceGitSubdir "source.git.subdir" 0 . 9 "Checking out one folder of a repository."
    SourceHttp "source.http" 0 . 3 "Downloading files."
    SourceHttpAuth "source.http.auth" 0 . 21 "Using a secret as the Authorization header of a download."
    SourceHttpChecksum "source.http.checksum" 0 . 3 "Verifying the digest of a download."
    SourceHttpHeader "source.http.header" 0 . 21 "Setting headers of a download request."
    SourceHttpPerm "source.http.perm" 0 . 3 "Setting the mode of a downloaded file."
    SourceHttpSignature "source.http.signatureverify" 0 . 28 "Verifying the signature of a download."
    SourceImage "source.image" 0 . 3 "Pulling images from registries."
    SourceImageChecksum "source.image.checksum" 0 . 25 "Verifying the digest of an image."
    SourceImageLayerLimit "source.image.layerlimit" 0 . 11 "Pulling only the first layers of an image."
    SourceImageResolveMode "source.image.resolvemode" 0 . 3 "Pulling an image even if the daemon has it."
    SourceImageBlob "source.imageblob" 0 . 28 "Reading single blobs from a registry or an OCI layout."
    SourceLocal "source.local" 0 . 3 "Reading folders of the client."
    SourceLocalDiffer "source.local.differ" 0 . 9 "Choosing how files are compared with an earlier transfer."
    SourceLocalExclude "source.local.excludepatterns" 0 . 3 "Excluding files by patterns."
    SourceLocalFollow "source.local.followpaths" 0 . 3 "Sending only some paths and the targets of their links."
    SourceLocalInclude "source.local.includepatterns" 0 . 3 "Including files by patterns."
    SourceLocalMetadata "source.local.metadatatransfer" 0 . 21 "Sending metadata of files without their content."
    SourceLocalSession "source.local.sessionid" 0 . 3 "Choosing the session of a folder."
    SourceLocalSharedKey "source.local.sharedkeyhint" 0 . 3 "Choosing the earlier transfer to compare with."
    SourceLocalUnique "source.local.unique" 0 . 3 "Identifying a folder by a unique id."
    SourceOciLayout "source.ocilayout" 0 . 11 "Reading images from an OCI layout of the client."
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
    fn a_set_can_contain_every_capability() {
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
