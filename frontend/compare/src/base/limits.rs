//! Limits on how much of an image is read. An archive of a few kilobytes can expand to terabytes.

use std::cell::Cell;

use super::error::{Error, ErrorKind};

/// The limits for one of the two paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The limit of bytes after decompression, for all layers together. Holes of sparse files count.
    pub content: u64,
    /// The limit of bytes that names, links and extended attributes take in memory. Each entry counts a fixed number of bytes in
    /// addition.
    pub metadata: u64,
    /// The limit of bytes of one JSON document: an index, a manifest, a configuration or an attestation.
    pub document: u64,
    /// The limit of bytes of the paths that are looked up, for all entries together. An entry whose path leads through links needs many.
    pub paths: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { content: 256 << 30, metadata: 4 << 30, document: 64 << 20, paths: 16 << 30 }
    }
}

/// The rest of the limits that is not used yet. A budget belongs to one thread.
#[derive(Debug)]
pub(crate) struct Budget {
    document: u64,
    /// The bytes of documents that can still be read.
    documents: Cell<u64>,
    /// The bytes of paths that can still be looked up.
    paths: Cell<u64>,
    limits: Limits,
    archive: varve_archive::Budget,
}

/// How many documents of the largest size can be read. A document can be listed many times, and each time it is read and kept.
const DOCUMENTS: u64 = 4;
/// How often the content of a compressed archive can be read, as a whole. Each file of it is read from the beginning of the archive.
const PASSES: u64 = 16;

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Budget {
        let Limits { content, metadata, document, paths } = *limits;
        let archive = varve_archive::Budget::new(&varve_archive::Limits { content, metadata });
        let (documents, paths) = (Cell::new(document.saturating_mul(DOCUMENTS)), Cell::new(paths));
        Budget { document, documents, paths, limits: limits.clone(), archive }
    }

    /// Creates a budget for reading a compressed archive again, whose content was checked against the limits before.
    pub(crate) fn of_passes(&self) -> Budget {
        let content = self.limits.content.saturating_mul(PASSES);
        Budget::new(&Limits { content, metadata: u64::MAX, document: u64::MAX, paths: u64::MAX })
    }

    /// Uses bytes of a path that is looked up.
    pub(crate) fn path(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.limits.paths;
        let left = self.paths.get().checked_sub(bytes as u64);
        let error = || Error::new(ErrorKind::Limit { what: "the paths through links", limit });
        self.paths.set(left.ok_or_else(error)?);
        Ok(())
    }

    pub(crate) fn document_limit(&self) -> u64 {
        self.document
    }

    /// Uses bytes of a document.
    pub(crate) fn document(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.document.saturating_mul(DOCUMENTS);
        let left = self.documents.get().checked_sub(bytes);
        self.documents
            .set(left.ok_or_else(|| Error::new(ErrorKind::Limit { what: "all documents together", limit }))?);
        Ok(())
    }

    /// Returns the budget for the readers of archives.
    pub(crate) fn archive(&self) -> &varve_archive::Budget {
        &self.archive
    }

    /// Uses bytes of content.
    pub(crate) fn content(&self, bytes: u64) -> Result<(), Error> {
        Ok(self.archive.content(bytes)?)
    }

    /// Uses the budget for one file, whose names and other texts have this number of bytes.
    pub(crate) fn entry(&self, bytes: usize) -> Result<(), Error> {
        Ok(self.archive.entry(bytes)?)
    }
}
