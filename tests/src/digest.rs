//! Digests of files and texts, as lower-case hexadecimal.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new().chain_update(bytes))
}

/// SHA-256 of everything that a reader yields.
pub fn sha256_of(mut reader: impl Read) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(digest)),
            count => digest.update(&buffer[..count]),
        }
    }
}

/// SHA-256 of a file.
pub fn sha256_of_file(path: &Path) -> Result<String> {
    let shown = || format!("cannot read {}", path.display());
    sha256_of(File::open(path).with_context(shown)?).with_context(shown)
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
