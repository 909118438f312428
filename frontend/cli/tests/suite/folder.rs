//! A folder for one test, and the program in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that is removed when this value is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    /// Makes a program for the commands of this folder: a script for `/bin/sh`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;

        let path = self.0.join("bin").join(name);
        fs::create_dir_all(self.0.join("bin")).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a command in the folder. Returns the exit code, standard output and standard error.
    pub(crate) fn varve(&self, arguments: &[&str]) -> (i32, String, String) {
        // The programs of the folder come first.
        let script = r#"PATH="$PWD/bin:$PATH" exec "$0" "$@""#;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_varve")]).args(arguments);
        let output = command.current_dir(&self.0).output().unwrap();
        // A definition is not UTF-8.
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
