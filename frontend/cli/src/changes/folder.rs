//! A temporary folder that goes away however the command ends.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::answer::Failure;

/// A folder that only this user can read, and that git ignores wherever it is.
pub(super) struct Folder {
    folder: TempDir,
    _guard: Option<Guard>,
}

impl Folder {
    /// Makes an empty folder.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written to.
    pub(super) fn new() -> Result<Self, Failure> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("varve-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = builder.tempdir().and_then(|folder| {
            // The folder for temporary files can be in the work tree.
            fs::write(folder.path().join(".gitignore"), "*\n")?;
            Ok(folder)
        });
        let wrong =
            |error: io::Error| Failure::File(format!("varve cannot make a temporary folder: {error}"));
        let folder = made.map_err(wrong)?;
        Ok(Self { _guard: Guard::of(folder.path()).ok(), folder })
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A process that removes the folder when this process ends, also by a signal: its standard input then ends.
#[cfg(unix)]
struct Guard(std::process::Child);

#[cfg(unix)]
impl Guard {
    fn of(folder: &Path) -> io::Result<Self> {
        use std::process::{Command, Stdio};
        // Ctrl-C reaches all processes of the terminal.
        let script = "trap '' INT TERM HUP QUIT; read -r _; exec rm -rf -- \"$0\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).arg(folder).current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Self)
    }
}

#[cfg(unix)]
impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // The folder is gone already, and so is the process in a moment.
        let _ = self.0.wait();
    }
}

#[cfg(not(unix))]
struct Guard;

#[cfg(not(unix))]
impl Guard {
    fn of(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }
}
