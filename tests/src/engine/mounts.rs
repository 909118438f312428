//! Leftover mounts, which an interrupted start or debootstrap may leave below the engine's folder.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::stdout_of;

/// Unmounts everything at or below a folder, deepest first.
pub fn clear_below(folder: &Path) -> Result<()> {
    let table = std::fs::read("/proc/self/mountinfo").context("cannot read the mount table")?;
    for point in points_below(&table, folder).iter().rev() {
        stdout_of(Command::new("umount").arg("--lazy").arg(point))?;
    }
    Ok(())
}

/// Removes a folder and its content. Never removes anything below a mount point.
pub fn remove_tree(folder: &Path) -> Result<()> {
    clear_below(folder)?;
    let table = std::fs::read("/proc/self/mountinfo").context("cannot read the mount table")?;
    if let Some(point) = points_below(&table, folder).first() {
        bail!("{} is still mounted: unmount it, then try again", point.display());
    }
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A command that follows as arguments, in mount and process namespaces of its own. It is killed together with this process, and
/// the end of the namespaces ends its mounts and processes in any case.
pub fn isolated() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]);
    command.args(["--mount-proc", "--propagation", "private"]);
    command
}

/// The mount points at or below a folder, in the order of mounting.
fn points_below(table: &[u8], folder: &Path) -> Vec<PathBuf> {
    let fields =
        table.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    fields.map(unescaped).filter(|point| point.starts_with(folder)).collect()
}

/// Decodes a path in the mount table, where the kernel writes blanks and backslashes as three octal digits.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        let octal = (*first == b'\\').then(|| tail.get(..3)).flatten();
        let code = octal.and_then(|o| u8::from_str_radix(std::str::from_utf8(o).ok()?, 8).ok());
        match code {
            Some(code) => (bytes.push(code), rest = &tail[3..]).1,
            None => (bytes.push(*first), rest = tail).1,
        }
    }
    PathBuf::from(std::ffi::OsStr::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_found_by_path_not_by_prefix() {
        let table = b"1 0 8:1 / / rw - ext4 x rw\n\
                      2 1 8:1 / /cache/a rw - ext4 x rw\n\
                      3 2 8:1 / /cache/a/with\\040blank rw - ext4 x rw\n\
                      4 1 8:1 / /cache/ab rw - ext4 x rw\n";
        let found = points_below(table, Path::new("/cache/a"));
        assert_eq!(found, [Path::new("/cache/a"), Path::new("/cache/a/with blank")]);
    }
}
