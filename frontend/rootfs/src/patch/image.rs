//! The lines of a file while hunks are applied to it.

use super::effort::Effort;

/// A line of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The line with its line break.
    pub(super) text: &'a [u8],
    /// Whether a hunk was applied here. Hunks do not overlap.
    pub(super) is_patched: bool,
}

/// The lines of a file, with a gap at the last hunk. So a hunk that follows it moves only the lines between both.
#[derive(Debug)]
pub(super) struct Image<'a> {
    front: Vec<Line<'a>>,
    /// The lines behind the gap, from the last to the first.
    back: Vec<Line<'a>>,
}

impl<'a> Image<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        let lines = content.split_inclusive(|byte| *byte == b'\n');
        let back = lines.rev().map(|text| Line { text, is_patched: false }).collect();
        Self { front: Vec::new(), back }
    }

    /// Returns the number of lines.
    pub(super) fn len(&self) -> usize {
        self.front.len() + self.back.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Line<'a>> {
        match index.checked_sub(self.front.len()) {
            None => self.front.get(index).copied(),
            Some(behind) => self.back.len().checked_sub(behind + 1).and_then(|at| self.back.get(at).copied()),
        }
    }

    /// Replaces a number of lines by others.
    pub(super) fn replace(
        &mut self,
        at: usize,
        count: usize,
        by: impl Iterator<Item = &'a [u8]>,
        effort: &Effort,
    ) -> Result<(), String> {
        effort.spend(self.front.len().abs_diff(at) / 16)?;
        while self.front.len() > at {
            self.back.extend(self.front.pop());
        }
        while self.front.len() < at && !self.back.is_empty() {
            self.front.extend(self.back.pop());
        }
        self.back.truncate(self.back.len().saturating_sub(count));
        self.front.extend(by.map(|text| Line { text, is_patched: true }));
        Ok(())
    }

    /// Returns the content of the file.
    pub(super) fn content(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for line in self.front.iter().chain(self.back.iter().rev()) {
            content.extend_from_slice(line.text);
        }
        content
    }
}
