//! The BuildKit release that introduced each capability.

use super::{Capabilities, CapabilitySet, CapabilityState};

impl Capabilities {
    /// Returns the capabilities of BuildKit 0.`minor` with an image store that supports all of them, such as containerd's.
    ///
    /// This is for tests and for messages about older builders.
    pub fn of_buildkit(minor: u32) -> Self {
        let upto = |table: &[(u32, &'static [&'static str])]| -> CapabilitySet {
            table
                .iter()
                .filter(|(since, _)| *since <= minor)
                .flat_map(|(_, ids)| ids.iter().copied())
                .collect()
        };
        Self { gateway: upto(GATEWAY), llb: upto(LLB) }
    }

    /// Returns the capabilities of the newest BuildKit in the tables: 0.32.
    pub fn newest() -> Self {
        Self::of_buildkit(32)
    }

    /// Returns the capabilities of Docker Engine 20.10 with BuildKit 0.8. It lacks warnings, merge and secrets as environment
    /// variables.
    pub fn docker_20_10() -> Self {
        Self::of_buildkit(8)
    }

    /// Returns the capabilities of Docker Engine 23.0 with BuildKit 0.10 and Docker's image store. Merge and diff are listed as
    /// disabled.
    pub fn docker_23() -> Self {
        Self::of_buildkit(10).on_docker_store()
    }

    /// Returns the capabilities of Docker Engine 28.5 with BuildKit 0.25 and Docker's image store.
    pub fn docker_28() -> Self {
        Self::of_buildkit(25).on_docker_store()
    }

    /// Returns the capabilities of this daemon with Docker's image store, which disables merge and diff.
    #[must_use]
    pub fn on_docker_store(mut self) -> Self {
        for id in ["mergeop", "diffop"] {
            if self.llb.has(id) {
                let reason = "only enabled with containerd image store backend".to_owned();
                self.llb = self.llb.with(id, CapabilityState::Disabled { reason });
            }
        }
        self
    }
}

/// Returns the minor version of the first release 0.x that lists a capability.
pub(super) fn since(id: &str) -> Option<u32> {
    [GATEWAY, LLB].into_iter().flatten().find(|(_, ids)| ids.contains(&id)).map(|(minor, _)| *minor)
}

/// `defaultCaps` of `frontend/gateway/grpcclient/client.go`.
pub(super) const FROZEN_GATEWAY: [&str; 4] = ["solve.base", "solve.inlinereturn", "resolveimage", "readfile"];

/// `defaultLLBCaps` of `frontend/gateway/grpcclient/client.go`.
pub(super) const FROZEN_LLB: [&str; 29] = [
    "source.image",
    "source.local",
    "source.local.unique",
    "source.local.sessionid",
    "source.local.includepatterns",
    "source.local.followpaths",
    "source.local.excludepatterns",
    "source.local.sharedkeyhint",
    "source.git",
    "source.git.keepgitdir",
    "source.git.fullurl",
    "source.http",
    "source.http.checksum",
    "source.http.perm",
    "soruce.http.uidgid",
    "source.buildop.llbfilename",
    "exec.meta.base",
    "exec.meta.proxyenv",
    "exec.mount.bind",
    "exec.mount.cache",
    "exec.mount.cache.sharing",
    "exec.mount.selector",
    "exec.mount.tmpfs",
    "exec.mount.secret",
    "constraints",
    "platform",
    "meta.ignorecache",
    "meta.description",
    "meta.exportcache",
];

/// The capabilities of `frontend/gateway/pb/caps.go`, by the minor version of the first release that lists them.
const GATEWAY: &[(u32, &[&str])] = &[
    (
        3,
        &[
            "readdir",
            "readfile",
            "resolveimage",
            "resolveimage.resolvemode",
            "return",
            "returnmap",
            "solve.base",
            "solve.inlinereturn",
            "statfile",
        ],
    ),
    (4, &["importcaches"]),
    (7, &["frontend.inputs", "proto.refarray", "reference.output"]),
    (8, &["frontend.caps", "gateway.exec", "gateway.solve.evaluate", "gateway.solve.metadata"]),
    (10, &["gateway.exec.extrahosts", "gateway.exec.signals", "gateway.warnings"]),
    (11, &["gateway.evaluate", "reference.attestations"]),
    (12, &["gateway.exec.secretenv"]),
    (13, &["source.metaresolver"]),
    (27, &["gateway.exec.filesystem"]),
    (28, &["source.metaresolver.http.checksumrequest", "source.metaresolver.image.attestations"]),
];

/// The capabilities of `solver/pb/caps.go`, by the minor version of the first release that lists them.
///
/// The misspelt `soruce.http.uidgid` is the official name. Two names of that file are missing here: `file.copy.modestring` and
/// `exec.meta.removemountstubs.recursive`. No release up to 0.32 lists them, so every daemon refuses operations that declare them.
const LLB: &[(u32, &[&str])] = &[
    (
        3,
        &[
            "constraints",
            "exec.cgroup",
            "exec.meta.base",
            "exec.meta.network",
            "exec.meta.proxyenv",
            "exec.meta.setsdefaultpath",
            "exec.mount.bind",
            "exec.mount.cache",
            "exec.mount.cache.sharing",
            "exec.mount.secret",
            "exec.mount.selector",
            "exec.mount.ssh",
            "exec.mount.tmpfs",
            "meta.description",
            "meta.exportcache",
            "meta.ignorecache",
            "platform",
            "soruce.http.uidgid",
            "source.buildop.llbfilename",
            "source.git",
            "source.git.fullurl",
            "source.git.keepgitdir",
            "source.http",
            "source.http.checksum",
            "source.http.perm",
            "source.image",
            "source.image.resolvemode",
            "source.local",
            "source.local.excludepatterns",
            "source.local.followpaths",
            "source.local.includepatterns",
            "source.local.sessionid",
            "source.local.sharedkeyhint",
            "source.local.unique",
        ],
    ),
    (5, &["exec.meta.security", "file.base"]),
    (7, &["exec.meta.security.devices.v1", "exec.mount.bind.readwrite-nooutput", "file.rm.wildcard"]),
    (8, &["source.git.httpauth", "source.git.knownsshhosts", "source.git.mountsshsock"]),
    (9, &["cache.gha", "file.copy.includeexcludepatterns", "source.git.subdir", "source.local.differ"]),
    (
        10,
        &[
            "diffop",
            "exec.meta.cgroup.parent",
            "exec.meta.ulimit",
            "exec.mount.tmpfs.size",
            "exec.secretenv",
            "file.rm.nofollowsymlink",
            "mergeop",
        ],
    ),
    (
        11,
        &[
            "cache.azblob",
            "cache.s3",
            "exporter.image.annotations",
            "exporter.image.attestations",
            "exporter.sourcedateepoch",
            "source.image.layerlimit",
            "source.ocilayout",
            "source.policy",
        ],
    ),
    (13, &["exec.mount.cache.content", "exporter.multiple"]),
    (14, &["file.copy.alwaysreplaceexistingdestpaths"]),
    (17, &["exec.validexitcode", "gc.freespacefilter"]),
    (19, &["file.symlink.create"]),
    (20, &["exec.meta.cdi", "history.filter"]),
    (21, &["exporter.session", "source.http.auth", "source.http.header", "source.local.metadatatransfer"]),
    (22, &["source.git.checksum"]),
    (24, &["source.git.skipsubmodules"]),
    (25, &["source.image.checksum"]),
    (26, &["file.copy.requiredpaths", "source.git.signatureverify", "source.policy.session"]),
    (28, &["source.http.signatureverify", "source.imageblob"]),
    (29, &["source.git.mtime"]),
    (30, &["source.git.bundle", "source.git.checkoutbundle", "source.git.fetchbycommit"]),
    (31, &["exec.meta.linux.resources", "exec.meta.network.proxy", "passthroughop"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_capability_is_listed_once() {
        for table in [GATEWAY, LLB] {
            let ids: Vec<_> = table.iter().flat_map(|(_, ids)| ids.iter()).collect();
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
            assert!(table.is_sorted_by_key(|(minor, _)| *minor));
        }
    }

    #[test]
    fn the_frozen_defaults_are_the_oldest_capabilities() {
        for id in FROZEN_GATEWAY.iter().chain(&FROZEN_LLB) {
            assert_eq!(since(id), Some(3), "{id}");
        }
    }

    #[test]
    fn releases_of_docker() {
        check(Capabilities::docker_20_10(), "gateway.warnings", false, "mergeop", None);
        let disabled = CapabilityState::Disabled {
            reason: "only enabled with containerd image store backend".to_owned(),
        };
        check(Capabilities::docker_23(), "gateway.warnings", true, "mergeop", Some(&disabled));
        check(Capabilities::docker_28(), "source.metaresolver", true, "diffop", Some(&disabled));
        check(Capabilities::docker_28(), "gateway.exec.filesystem", false, "source.git.mtime", None);
        check(
            Capabilities::newest(),
            "gateway.exec.filesystem",
            true,
            "diffop",
            Some(&CapabilityState::Enabled),
        );
        // A daemon that does not know merge does not list it as disabled either.
        check(Capabilities::docker_20_10().on_docker_store(), "return", true, "mergeop", None);

        fn check(daemon: Capabilities, gateway: &str, has: bool, llb: &str, state: Option<&CapabilityState>) {
            assert_eq!(daemon.gateway.has(gateway), has, "{gateway}");
            assert_eq!(daemon.llb.get(llb), state, "{llb}");
        }
    }
}
