//! Runs other programs. An error contains the command and the end of its output.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// The standard output of a command. If the command fails, the error contains the end of its output.
pub fn stdout_of(command: &mut Command) -> Result<String> {
    let output = output_of(command)?;
    if !output.status.success() {
        let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        bail!("`{}` failed ({}): {}", shown(command), output.status, last_lines(words, 12));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The exit status and the output of a command, whatever its exit code.
pub fn output_of(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", shown(command)))
}

/// Whether a command starts and succeeds. Its output is discarded.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Runs a command with its output in a file. If it fails, the error contains the end of the output.
pub fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let copy = file.try_clone()?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(copy)
        .status()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        let words = std::fs::read(log).unwrap_or_default();
        bail!(
            "`{}` failed ({status}); its output is in {}: {}",
            shown(command),
            log.display(),
            last_lines(&words, 12)
        );
    }
    Ok(())
}

/// A command as it is typed in a shell.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// The last lines of an output.
pub fn last_lines(text: &[u8], count: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
