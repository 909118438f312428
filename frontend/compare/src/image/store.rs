//! Reads files of a layout or docker archive by name, from a folder or from an archive that can be compressed.

pub(super) mod index;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::Value;
use varve_archive::{Compression, decompressed};

use crate::base::error::{Error, ErrorKind, Inside};
use crate::base::limits::Budget;
pub(crate) use index::Index;
use index::Member;

/// Where the files of a layout or docker archive are stored.
#[derive(Debug)]
pub(crate) enum Store {
    Folder(PathBuf),
    Archive(ArchiveStore),
}

/// An archive and the index of its entries.
#[derive(Debug)]
pub(crate) struct ArchiveStore {
    pub(crate) path: PathBuf,
    pub(crate) compression: Compression,
    pub(crate) index: Index,
    /// The budget for reading the archive again. Each file of a compressed archive is read from its beginning.
    pub(crate) budget: Budget,
}

/// An opened file.
pub(crate) struct Stored<'s> {
    pub(crate) size: u64,
    pub(crate) reader: Box<dyn Read + 's>,
}

impl Store {
    /// Returns the path of the folder or of the archive, for messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Store::Folder(path) => path,
            Store::Archive(archive) => &archive.path,
        }
    }

    /// Whether the store has a file with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Store::Folder(folder) => folder.join(name).is_file(),
            Store::Archive(archive) => matches!(archive.index.resolve(name), Some(Member::File { .. })),
        }
    }

    /// Opens a file. `None` if it does not exist. The caller has checked that the name does not lead out of the folder.
    pub(crate) fn open(&self, name: &str) -> Result<Option<Stored<'_>>, Error> {
        self.open_inside(name).inside(name)
    }

    /// Reads a JSON document. `None` if it does not exist.
    pub(crate) fn document(&self, name: &str, budget: &Budget) -> Result<Option<Document>, Error> {
        let Some(stored) = self.open(name)? else { return Ok(None) };
        let limit = budget.document_limit();
        if stored.size > limit {
            return Err(Error::new(ErrorKind::Limit { what: "the document", limit }).inside(name));
        }
        budget.document(stored.size).inside(name)?;
        let mut bytes = Vec::new();
        stored.reader.take(limit).read_to_end(&mut bytes).inside(name)?;
        Ok(Some(Document { name: name.to_owned(), bytes }))
    }

    fn open_inside(&self, name: &str) -> Result<Option<Stored<'_>>, Error> {
        match self {
            Store::Folder(folder) => {
                let path = folder.join(name);
                match std::fs::metadata(&path) {
                    Ok(metadata) if metadata.is_file() => {
                        let reader = Box::new(File::open(&path)?.take(metadata.len()));
                        Ok(Some(Stored { size: metadata.len(), reader }))
                    }
                    Ok(_) => Err(Error::damaged("it is not a file")),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            Store::Archive(archive) => match archive.index.resolve(name) {
                Some(Member::File { at, size }) => Ok(Some(archive.open(*at, *size)?)),
                Some(_) => Err(Error::damaged("it is not a regular file of the archive")),
                None => Ok(None),
            },
        }
    }
}

impl ArchiveStore {
    fn open(&self, at: u64, size: u64) -> Result<Stored<'_>, Error> {
        let mut file = File::open(&self.path)?;
        let reader: Box<dyn Read + '_> = match self.compression {
            Compression::Plain => {
                file.seek(SeekFrom::Start(at))?;
                Box::new(Whole { reader: BufReader::with_capacity(1 << 16, file), left: size })
            }
            // A compressed stream can only be read from its beginning.
            _ => {
                let (_, mut content) = decompressed(file, self.budget.archive())?;
                io::copy(&mut content.by_ref().take(at), &mut io::sink())?;
                Box::new(Whole { reader: content, left: size })
            }
        };
        Ok(Stored { size, reader })
    }
}

/// Reads exactly this number of bytes of a stream, and returns an error if the stream ends before.
struct Whole<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.reader.read(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// A JSON document and its name.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Document {
    /// Decodes the document.
    pub(crate) fn json(&self) -> Result<Value, Error> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Error::damaged(format!("it is not valid JSON: {error}")).inside(&self.name))
    }
}
