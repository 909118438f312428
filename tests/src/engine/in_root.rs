//! Programs of another Debian suite: commands inside of a root, on folders of the machine.

use std::path::Path;
use std::process::Command;

use crate::engine::mounts;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A command inside of a root, with folders of the machine: outside, inside, and `ro` or `rw`. Its arguments follow.
pub fn in_root(root: &Path, folders: &[(&Path, &str, &str)]) -> Command {
    let mut command = mounts::isolated();
    command.args(["sh", "-c", include_str!("in_root.sh"), "in_root.sh"]).arg(root);
    for (outside, inside, mode) in folders {
        command.arg(outside).args([inside, mode]);
    }
    command.arg("--").env_clear().env("PATH", PATH).env("HOME", "/root");
    command
}
