//! Searches for a secret of a build in everything that the build leaves: the output, the layers, the configuration and its history,
//! and the attestations.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::build::Build;
use crate::command::{output_of, shown};
use crate::engine::Engine;
use crate::outcome::Outcome;

/// Builds without the cache and with every kind of output, once for each format of the progress. Returns the places with the secret.
pub fn places(engine: &Engine, build: &Build, secret: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for progress in ["plain", "rawjson"] {
        let made = tempfile::tempdir_in(&engine.folder)?;
        let at = |name: &str| made.path().join(name);
        let form = "type=oci,tar=false,compression=uncompressed,force-compression=true";
        let more = [
            "--no-cache".to_owned(),
            "--provenance=mode=max".to_owned(),
            format!("--progress={progress}"),
            format!("--metadata-file={}", at("metadata").display()),
            format!("--output={form},dest={}", at("image").display()),
        ];
        let (mut command, _context) = build.command(engine, &more)?;
        let output = output_of(&mut command)?;
        let outcome = Outcome::of(&shown(&command), &output).success()?;
        fs::write(at(&format!("{progress} progress")), &output.stderr)?;
        fs::write(at(&format!("{progress} output")), &output.stdout)?;
        fs::write(at(&format!("{progress} logs")), &outcome.logs)?;
        for path in holding(made.path(), secret)? {
            let path = Path::new(&path);
            let is_blob = path.starts_with(at("image"));
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            found.push(if is_blob { part(path).to_owned() } else { name.into_owned() });
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files below a folder that contain the secret, as plain text or in base64.
fn holding(folder: &Path, secret: &str) -> Result<Vec<String>> {
    let mut command = Command::new("grep");
    command.args(["-rlaF", "-e", secret]);
    for shift in 0..3 {
        command.args(["-e", &inner_base64(secret.as_bytes(), shift)]);
    }
    let output = output_of(command.arg(folder).env("LC_ALL", "C"))?;
    ensure!(output.status.code().is_some_and(|code| code < 2), "grep failed: {output:?}");
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// The kind of a file in an OCI layout.
fn part(path: &Path) -> &'static str {
    let bytes = fs::read(path).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("\"predicate\"") => "provenance",
        Ok(text) if text.contains("\"rootfs\"") => "configuration",
        Ok(text) if text.starts_with('{') => "manifest",
        _ => "layer",
    }
}

/// The part of the secret's base64 that does not depend on its neighbours, when `shift` bytes precede it in its group of three.
fn inner_base64(secret: &[u8], shift: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Skips the bytes in a group of three that begins before the secret.
    let whole = &secret[(3 - shift) % 3..];
    let groups = whole.chunks_exact(3);
    let letters = groups.flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|by| char::from(LETTERS[bits >> by & 63]))
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_as_it_is_and_in_base64() {
        let folder = tempfile::tempdir().unwrap();
        let texts = [
            "say open sesame now",
            "b3BlbiBzZXNhbWU=",
            "IG9wZW4gc2VzYW1lIA==",
            "ICBvcGVuIHNlc2FtZSAg",
            "open, sesame",
        ];
        for (number, text) in texts.iter().enumerate() {
            fs::write(folder.path().join(number.to_string()), text).unwrap();
        }
        let found = holding(folder.path(), "open sesame").unwrap();
        let mut names: Vec<&str> = found.iter().filter_map(|path| path.rsplit('/').next()).collect();
        names.sort_unstable();
        assert_eq!(names, ["0", "1", "2", "3"]);
    }
}
