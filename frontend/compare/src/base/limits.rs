//! Limits on how much of an image is read. An archive of a few kilobytes can expand to terabytes.

use super::error::Error;

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
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { content: 256 << 30, metadata: 4 << 30, document: 64 << 20 }
    }
}

/// The rest of the limits that is not used yet. A budget belongs to one thread.
#[derive(Debug)]
pub(crate) struct Budget {
    document: u64,
    archive: varve_archive::Budget,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Budget {
        let Limits { content, metadata, document } = *limits;
        Budget { document, archive: varve_archive::Budget::new(&varve_archive::Limits { content, metadata }) }
    }

    /// Creates a budget for a stream that was checked against the limits before.
    pub(crate) fn unlimited() -> Budget {
        Budget::new(&Limits { content: u64::MAX, metadata: u64::MAX, document: u64::MAX })
    }

    pub(crate) fn document_limit(&self) -> u64 {
        self.document
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
