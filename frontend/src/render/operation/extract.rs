//! Describes operations that unpack archives as copies.

use buildkit_llb::{Exec, MountKind};
use serde_json::{Value, json};
use varve_rootfs::UnpackRequest;

use super::Reader;
use crate::lower::{ROOTFS, ROOTFS_PROGRAM};
use crate::render::object;

/// Returns what an operation unpacks. `None` if it is another operation.
pub(super) fn request(exec: &Exec) -> Option<UnpackRequest> {
    let [program, command, rest @ ..] = exec.argv.as_slice() else { return None };
    if program != ROOTFS_PROGRAM || command != varve_rootfs::UNPACK {
        return None;
    }
    let words: Vec<String> = rest.iter().map(|word| word.to_string()).collect();
    varve_rootfs::unpack_request(&words).ok().filter(|(root, _)| *root == ROOTFS).map(|(_, request)| request)
}

impl Reader<'_> {
    /// Describes each archive as a copy.
    pub(super) fn extracted(&self, exec: &Exec, request: &UnpackRequest) -> Vec<Value> {
        let UnpackRequest { folder, archives, strip, only, owner, mode, .. } = request;
        let archives = archives.iter().filter_map(|archive| {
            let mount = exec.mounts.iter().find(|mount| mount.dest == *archive)?;
            let MountKind::Bind(bind) = &mount.kind else { return None };
            Some(object([
                ("copy", json!(bind.selector)),
                ("from", json!(self.origin(bind.source))),
                ("to", json!(folder)),
                ("mode", json!(mode.as_deref().unwrap_or_default())),
                ("owner", json!(owner.as_ref().map(ToString::to_string).unwrap_or_default())),
                ("extract", json!(true)),
                ("strip", json!((*strip > 0).then_some(strip))),
                ("only", json!(only.as_deref().unwrap_or_default())),
            ]))
        });
        archives.collect()
    }
}
