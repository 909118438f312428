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
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { content: 256 << 30, metadata: 4 << 30, document: 64 << 20 }
    }
}

/// The rest of the limits that is not used yet. A budget belongs to one thread.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    content: Cell<u64>,
    metadata: Cell<u64>,
}

/// The approximate number of bytes that an entry takes in memory beside its name.
const ENTRY: u64 = 256;

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Budget {
        let (content, metadata) = (Cell::new(limits.content), Cell::new(limits.metadata));
        Budget { limits: limits.clone(), content, metadata }
    }

    /// Creates a budget for a stream that was checked against the limits before.
    pub(crate) fn unlimited() -> Budget {
        Budget::new(&Limits { content: u64::MAX, metadata: u64::MAX, document: u64::MAX })
    }

    pub(crate) fn document_limit(&self) -> u64 {
        self.limits.document
    }

    /// Uses bytes of content.
    pub(crate) fn content(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.limits.content;
        take(&self.content, bytes, ErrorKind::Limit { what: "the decompressed content", limit })
    }

    /// Uses the budget for one entry of an archive, whose names and other texts have this number of bytes.
    pub(crate) fn entry(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.limits.metadata;
        let kind = ErrorKind::Limit { what: "the memory for names and attributes", limit };
        take(&self.metadata, ENTRY.saturating_add(bytes as u64), kind)
    }
}

fn take(left: &Cell<u64>, bytes: u64, kind: ErrorKind) -> Result<(), Error> {
    left.set(left.get().checked_sub(bytes).ok_or_else(|| Error::new(kind))?);
    Ok(())
}
