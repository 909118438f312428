//! Limits on how much of an archive is read. An archive of a few kilobytes can expand to terabytes.

use std::cell::Cell;

use crate::error::{Error, ErrorKind};

/// The limits for an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The limit of bytes after decompression. Holes of sparse files count.
    pub content: u64,
    /// The limit of bytes that names, links and extended attributes take in memory. Each entry counts a fixed number of bytes in
    /// addition.
    pub metadata: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { content: 256 << 30, metadata: 4 << 30 }
    }
}

/// The rest of the limits that is not used yet. A budget belongs to one thread.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    content: Cell<u64>,
    metadata: Cell<u64>,
}

/// The approximate number of bytes that an entry takes in memory beside its name.
const ENTRY: u64 = 256;

impl Budget {
    /// Creates a budget from which nothing was used.
    pub fn new(limits: &Limits) -> Budget {
        let (content, metadata) = (Cell::new(limits.content), Cell::new(limits.metadata));
        Budget { limits: limits.clone(), content, metadata }
    }

    /// Uses bytes of content.
    ///
    /// # Errors
    /// Returns an error if the budget has fewer.
    pub fn content(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.limits.content;
        take(&self.content, bytes, ErrorKind::Limit { what: "the decompressed content", limit })
    }

    /// Uses the budget for one entry of an archive, whose names and other texts have this number of bytes.
    ///
    /// # Errors
    /// Returns an error if the budget has fewer.
    pub fn entry(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.limits.metadata;
        let kind = ErrorKind::Limit { what: "the memory for names and attributes", limit };
        take(&self.metadata, ENTRY.saturating_add(bytes as u64), kind)
    }
}

fn take(left: &Cell<u64>, bytes: u64, kind: ErrorKind) -> Result<(), Error> {
    left.set(left.get().checked_sub(bytes).ok_or_else(|| Error::new(kind))?);
    Ok(())
}
