//! Collects diagnostics and merges those of several variants. The merged message says for which variants it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::matrix::{AxisUse, Cell, Cells, Matrix, Root, describe, projection};

/// The largest number of different quoted texts that a merged message lists.
const MAX_TEXTS: usize = 4;
/// How many variants and platforms are looked at to say for which of them the diagnostics are. If there are more, the last diagnostics
/// do not say it.
const MAX_DESCRIBED: usize = 500_000;

/// Diagnostics by place, code, and the part of the message that is not quoted.
#[derive(Default)]
pub(crate) struct Findings {
    entries: BTreeMap<(Span, Code, String), Entry>,
}

struct Entry {
    first: Diagnostic,
    /// For each quoted text of the message, all texts that occur there.
    texts: Vec<Texts>,
    cells: Cells,
    /// For each root, the axes that the diagnostic depends on, and their values for which it was found.
    projections: BTreeMap<usize, (AxisUse, BTreeSet<Vec<usize>>)>,
}

/// The different texts at one position of a message.
#[derive(Clone, Default)]
struct Texts {
    /// The first texts, which the message lists.
    first: Vec<String>,
    all: BTreeSet<String>,
}

impl Texts {
    fn add(&mut self, text: &str) {
        if !self.all.contains(text) {
            self.all.insert(text.to_owned());
            if self.first.len() < MAX_TEXTS {
                self.first.push(text.to_owned());
            }
        }
    }
}

impl Findings {
    /// Adds a diagnostic that does not depend on the variant.
    pub(crate) fn add(&mut self, found: Diagnostic) {
        self.entry(found);
    }

    /// Adds a diagnostic for one variant and platform.
    pub(crate) fn at(&mut self, cell: Cell, found: Diagnostic) {
        self.at_all([cell].into_iter(), found);
    }

    /// Adds a diagnostic for several variants and platforms.
    pub(crate) fn at_all(&mut self, cells: impl Iterator<Item = Cell>, found: Diagnostic) {
        let entry = self.entry(found);
        for cell in cells {
            entry.cells.entry(cell.root).or_default().insert((cell.combination, cell.platform));
        }
    }

    /// Adds a diagnostic for all variants in which the axes in `reads` have the same values as in `cell`.
    pub(crate) fn like(&mut self, cell: Cell, root: &Root<'_>, reads: &AxisUse, found: Diagnostic) {
        let key = projection(root, reads, cell.combination, cell.platform);
        let entry = self.entry(found);
        let known = entry.projections.entry(cell.root).or_insert_with(|| (reads.clone(), BTreeSet::new()));
        known.1.insert(key);
    }

    /// Whether a diagnostic with this code has this related place.
    pub(crate) fn relates(&self, code: Code, to: Span) -> bool {
        let relates = |entry: &Entry| entry.first.related.iter().any(|(span, _)| *span == to);
        self.entries.iter().any(|((_, found, _), entry)| *found == code && relates(entry))
    }

    /// All diagnostics, sorted by place. Their messages say for which variants they are.
    pub(crate) fn finish(self, matrix: &Matrix<'_>) -> Vec<Diagnostic> {
        let entries = self.entries.into_values();
        let mut left = MAX_DESCRIBED;
        entries
            .map(|mut entry| {
                let roots = entry.projections.keys().chain(entry.cells.keys());
                let cells = roots.map(|root| matrix.roots[*root].combinations.len()).sum();
                left = left.saturating_sub(cells);
                if left == 0 {
                    entry.projections.clear();
                    entry.cells.clear();
                }
                for (number, (reads, keys)) in &entry.projections {
                    let root = &matrix.roots[*number];
                    let cells = entry.cells.entry(*number).or_default();
                    for (index, combination) in root.combinations.iter().enumerate() {
                        let platforms = combination.platforms.iter();
                        let same =
                            |platform: &&usize| keys.contains(&projection(root, reads, index, **platform));
                        cells.extend(platforms.filter(same).map(|platform| (index, *platform)));
                    }
                }
                let mut found = entry.first;
                found.message = with_texts(&found.message, &entry.texts);
                if !entry.cells.is_empty()
                    && let Some(which) = describe(matrix, &entry.cells).text()
                {
                    found.append(&format!(" for {which}"));
                }
                found
            })
            .collect()
    }

    fn entry(&mut self, found: Diagnostic) -> &mut Entry {
        let (shape, texts): (Vec<_>, Vec<_>) =
            found.message.split('`').enumerate().partition(|(index, _)| index % 2 == 0);
        let shape: Vec<&str> = shape.into_iter().map(|(_, text)| text).collect();
        let key = (found.span, found.code, shape.join("`"));
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text.to_owned()).collect();
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            texts: vec![Texts::default(); texts.len()],
            first: found,
            cells: Cells::new(),
            projections: BTreeMap::new(),
        });
        for (known, text) in entry.texts.iter_mut().zip(texts) {
            known.add(&text);
        }
        entry
    }
}

/// The message, with all texts of a position in place of each quoted text.
fn with_texts(message: &str, texts: &[Texts]) -> String {
    let mut merged = String::new();
    for (index, part) in message.split('`').enumerate() {
        match texts.get(index / 2).filter(|_| index % 2 == 1) {
            Some(texts) => {
                let shown: Vec<String> = texts.first.iter().map(|text| format!("`{text}`")).collect();
                merged += &shown.join(", ");
                if texts.all.len() > MAX_TEXTS {
                    merged += &format!(" and {} more", texts.all.len() - MAX_TEXTS);
                }
            }
            None => merged += part,
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_differ_in_quoted_texts_become_one() {
        let mut findings = Findings::default();
        for text in ["a", "b", "a", "c", "d", "e"] {
            findings.add(Diagnostic::error(
                Code::NoCase,
                Span::default(),
                format!("no case matches `{text}`"),
            ));
        }
        let entry = findings.entries.into_values().next().unwrap();
        let merged = with_texts(&entry.first.message, &entry.texts);
        assert_eq!(merged, "no case matches `a`, `b`, `c`, `d` and 1 more");
    }
}
