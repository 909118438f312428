//! How much of an image is read before it is an error: an archive of a few kilobytes can hold terabytes.

use std::cell::Cell;

use super::error::{Error, ErrorKind};

/// The limits for each of the two paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after decompression, of all layers that are read together. Holes of sparse files count.
    pub content: u64,
    /// Bytes that names, links and extended attributes take in memory, with a fixed price for each entry.
    pub metadata: u64,
    /// Bytes of one JSON document: an index, a manifest, a configuration, an attestation.
    pub document: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { content: 256 << 30, metadata: 4 << 30, document: 64 << 20 }
    }
}

/// What is left of the limits. It is for one thread.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    content: Cell<u64>,
    metadata: Cell<u64>,
}

/// About what an entry takes beside its name.
const ENTRY: u64 = 256;

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Budget {
        let (content, metadata) = (Cell::new(limits.content), Cell::new(limits.metadata));
        Budget { limits: limits.clone(), content, metadata }
    }

    /// For a stream of which all is known to be within the limits.
    pub(crate) fn unlimited() -> Budget {
        Budget::new(&Limits { content: u64::MAX, metadata: u64::MAX, document: u64::MAX })
    }

    pub(crate) fn document_limit(&self) -> u64 {
        self.limits.document
    }

    /// Takes bytes of content.
    pub(crate) fn content(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.limits.content;
        take(&self.content, bytes, ErrorKind::Limit { what: "the decompressed content", limit })
    }

    /// Takes one entry of an archive, with so many bytes of names and the like.
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
