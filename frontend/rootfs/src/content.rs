//! Reads the contents of files part by part, because a file can be larger than the memory.

use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

const PART: usize = 64 << 10;

/// Reads a whole file whose size was looked at before.
pub(super) fn all(path: &Path) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut content));
    read.map(|_| content).map_err(|error| cannot_read(path, &error))
}

/// Computes the SHA-256 of a file, in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, String> {
    let hash = |mut file: File| {
        let (mut hasher, mut part) = (Sha256::new(), vec![0; PART]);
        loop {
            match file.read(&mut part)? {
                0 => return Ok(hasher.finalize()),
                length => hasher.update(&part[..length]),
            }
        }
    };
    let digest = File::open(path).and_then(hash).map_err(|error| cannot_read(path, &error))?;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a file contains a text.
pub(super) fn contains(path: &Path, text: &str) -> Result<bool, String> {
    File::open(path).and_then(|file| find(file, text.as_bytes())).map_err(|error| cannot_read(path, &error))
}

/// Searches a stream for a text. The end of each part is kept, because the text can start there and end in the next part.
fn find(mut reader: impl Read, text: &[u8]) -> Result<bool, Error> {
    let Some((first, rest)) = text.split_first() else { return Ok(true) };
    let mut window = Vec::with_capacity(rest.len() + PART);
    let mut part = vec![0; PART];
    loop {
        let length = reader.read(&mut part)?;
        if length == 0 {
            return Ok(false);
        }
        window.extend_from_slice(&part[..length]);
        let mut starts = window.iter().enumerate().filter(|(_, byte)| *byte == first);
        if starts.any(|(at, _)| window[at + 1..].starts_with(rest)) {
            return Ok(true);
        }
        window.drain(..window.len().saturating_sub(rest.len()));
    }
}

fn cannot_read(path: &Path, error: &Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns at most this number of bytes at once.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let (now, later) = self.0.split_at(self.1.min(self.0.len()).min(into.len()));
            into[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    #[test]
    fn a_text_is_found_wherever_the_parts_end() {
        for at_once in 1..8 {
            let find = |text: &str| find(Slow(b"aabaabc", at_once), text.as_bytes()).unwrap();
            for text in ["", "a", "c", "aabc", "aabaabc", "baab"] {
                assert!(find(text), "{text} by {at_once}");
            }
            for text in ["d", "cc", "aabaa!", "abca", "aabaabcc"] {
                assert!(!find(text), "{text} by {at_once}");
            }
        }
    }
}
