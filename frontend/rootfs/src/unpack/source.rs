//! Opens an archive of any kind, which its content determines and not its name.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;

use varve_archive::{
    Archive, Budget, Compression, Entries, Error, ErrorKind, Limits, Skip, Zip, decompressed, described,
    has_valid_checksum, is_zip, start_of,
};

/// How many bytes an archive may contain, however small it is.
const CONTENT: u64 = 8 << 30;
/// How many times its own size an archive may contain. gzip reaches a thousand, and real archives at most some dozens.
const RATIO: u64 = 250;
/// The memory for names, links and attributes.
const METADATA: u64 = 1 << 30;

const EXPECTED: &str = "a tar archive, plain or compressed with gzip, bzip2, xz or zstd, or a zip archive";

/// Reads an archive from its start to its end.
///
/// # Errors
/// Returns what is wrong with the archive, or the error of the visitor.
pub(super) fn read(
    path: &Path,
    visit: impl FnOnce(&mut dyn Entries) -> Result<(), Error>,
) -> Result<(), String> {
    let cannot_open = |error: io::Error| format!("cannot read it: {error}");
    let file = File::open(path).map_err(cannot_open)?;
    let metadata = file.metadata().map_err(cannot_open)?;
    if metadata.is_dir() {
        return Err("it is a folder, expected an archive".to_owned());
    }
    let size = metadata.len();
    let content = CONTENT.max(size.saturating_mul(RATIO));
    let budget = Budget::new(&Limits { content, metadata: METADATA });
    read_file(file, &budget, visit).map_err(|error| {
        let text = error.to_string();
        match error.into_parts().1 {
            ErrorKind::Limit { .. } => {
                format!(
                    "{text}; the limit is 8 GiB, or {RATIO} times the size of the archive if that is more"
                )
            }
            _ => text,
        }
    })
}

fn read_file(
    mut file: File,
    budget: &Budget,
    visit: impl FnOnce(&mut dyn Entries) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = start_of(&mut file)?;
    file.rewind()?;
    if is_zip(&start) {
        return visit(&mut Zip::open(file, budget)?);
    }
    let (compression, mut content) = decompressed(file, budget)?;
    let start = start_of(&mut content)?;
    let is_tar = start
        .first_chunk()
        .is_some_and(|block| has_valid_checksum(block) || block.iter().all(|byte| *byte == 0));
    if !is_tar {
        let mut found = described(&start);
        if compression != Compression::Plain {
            found.push_str(&format!(", compressed with {compression}"));
        }
        return Err(Error::damaged(format!("it is not an archive: found {found}; expected {EXPECTED}")));
    }
    let mut archive = Archive::new(Forward(Cursor::new(start).chain(content)), budget);
    visit(&mut archive)?;
    archive.finish()
}

/// A stream that skips bytes by reading them.
struct Forward<R>(R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Forward<R> {}
