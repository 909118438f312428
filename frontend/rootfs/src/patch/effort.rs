//! The effort of the search for the places of hunks. A file with many equal lines and hunks that do not fit could make it endless.

use std::cell::Cell;

/// The largest number of lines that are compared or moved. A line counts once more for every 64 bytes.
const MOST: u64 = 1 << 28;

/// What is left of the effort.
#[derive(Debug)]
pub(super) struct Effort(Cell<u64>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MOST))
    }
}

impl Effort {
    /// Returns an effort of which little is left.
    #[cfg(test)]
    pub(super) fn small() -> Self {
        Self(Cell::new(100_000))
    }

    /// Counts lines.
    ///
    /// # Errors
    /// The patches need too much effort.
    pub(super) fn spend(&self, lines: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(lines as u64);
        self.0.set(left.ok_or("the search for the places of its hunks takes too long")?);
        Ok(())
    }

    /// Whether there is enough left for a search that only improves a message.
    pub(super) fn is_plenty(&self) -> bool {
        self.0.get() > MOST / 2
    }
}
