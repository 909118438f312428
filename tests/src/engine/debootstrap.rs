//! Makes Debian roots with debootstrap, with verified signatures.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{logged, stdout_of};
use crate::engine::mounts;
use crate::engine::settings::Settings;
use crate::machine::Machine;

const SCRIPTS: &str = "/usr/share/debootstrap";

/// Makes a minimal root of a suite with additional packages. Removes the remains of an interrupted attempt first.
pub fn make(
    machine: &Machine,
    settings: &Settings,
    suite: &str,
    packages: &[&str],
    root: &Path,
    log: &Path,
) -> Result<()> {
    machine.need_program("debootstrap", &["debootstrap", "debian-archive-keyring"])?;
    mounts::remove_tree(root)?;
    fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    let scripts = scripts_knowing(suite, &machine.cache)?;
    let mut command = mounts::isolated();
    command
        .args(["debootstrap", "--variant=minbase"])
        .arg(format!("--include={}", packages.join(",")))
        .arg("--keyring=/usr/share/keyrings/debian-archive-keyring.gpg")
        .arg(suite)
        .arg(root)
        .args(settings.mirror.as_deref())
        .env("DEBOOTSTRAP_DIR", scripts)
        .env("DEBIAN_FRONTEND", "noninteractive");
    logged(&mut command, log)?;
    settings.write_into(root)?;
    forget_the_making(root)
}

/// debootstrap's folder, or a copy with a script for a suite that is newer than debootstrap: each Debian suite uses the script of sid.
fn scripts_knowing(suite: &str, cache: &Path) -> Result<std::path::PathBuf> {
    if Path::new(SCRIPTS).join("scripts").join(suite).exists() {
        return Ok(SCRIPTS.into());
    }
    let copy = cache.join(format!("debootstrap-{suite}"));
    if !copy.join("scripts").join(suite).exists() {
        mounts::remove_tree(&copy)?;
        stdout_of(Command::new("cp").arg("-a").arg(SCRIPTS).arg(&copy))?;
        std::os::unix::fs::symlink("sid", copy.join("scripts").join(suite))?;
    }
    Ok(copy)
}

/// Removes downloaded packages, package lists and logs.
pub fn forget_the_making(root: &Path) -> Result<()> {
    for folder in ["var/cache/apt/archives", "var/lib/apt/lists", "var/log"] {
        mounts::remove_tree(&root.join(folder))?;
    }
    for folder in ["var/cache/apt/archives/partial", "var/lib/apt/lists/partial", "var/log/apt"] {
        fs::create_dir_all(root.join(folder))?;
    }
    for file in ["etc/hostname", "etc/resolv.conf", "var/cache/ldconfig/aux-cache"] {
        let path = root.join(file);
        if path.symlink_metadata().is_ok() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
