//! Emulates arm64 with a handler of `binfmt_misc` in the kernel of this machine, until a value is dropped.
//!
//! The handler keeps the emulator open, so that containers and other roots need no copy of it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::command::stdout_of;
use crate::engine::cross;
use crate::machine::Machine;
use crate::progress::say;

/// The name of the handler.
const NAME: &str = "varve-aarch64";
/// The first bytes of an ELF program for arm64, as in QEMU's own table. The mask selects the bits that matter.
const MAGIC: &str = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
const MASK: &str = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";
/// Flags: open the emulator now (`F`), pass the name of the program (`P`), and keep the rights of its file (`O`).
const FLAGS: &str = "FPO";

/// The handler. Dropping this value removes it.
#[derive(Debug)]
pub struct Emulation {
    files: TempDir,
}

impl Emulation {
    /// Adds the handler. Prints the reason and returns `None` if this machine cannot emulate.
    ///
    /// # Errors
    /// Returns an error if the emulator cannot be installed.
    pub fn start(machine: &Machine) -> Result<Option<Emulation>> {
        if let Err(reason) = cross::can_compile(machine, cross::PLATFORM) {
            say(&format!("not emulated: {reason}"));
            return Ok(None);
        }
        let emulator = cross::emulator(machine)?;
        let files = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "binfmt_misc", "binfmt_misc"]).arg(files.path());
        if let Err(reason) = stdout_of(&mut mount) {
            say(&format!("not emulated: binfmt_misc cannot be mounted: {reason:#}"));
            return Ok(None);
        }
        let emulation = Emulation { files };
        // An interrupted test may have left the handler.
        emulation.remove().ok();
        match emulation.add(&emulator) {
            Ok(()) => Ok(Some(emulation)),
            Err(reason) => {
                say(&format!("not emulated: binfmt_misc refuses a handler: {reason}"));
                Ok(None)
            }
        }
    }

    fn add(&self, emulator: &Path) -> io::Result<()> {
        let line = format!(":{NAME}:M::{MAGIC}:{MASK}:{}:{FLAGS}", emulator.display());
        fs::write(self.files.path().join("register"), line)
    }

    fn remove(&self) -> Result<()> {
        fs::write(self.files.path().join(NAME), "-1").context("no such handler")
    }
}

impl Drop for Emulation {
    fn drop(&mut self) {
        self.remove().ok();
        stdout_of(Command::new("umount").arg(self.files.path())).ok();
    }
}
