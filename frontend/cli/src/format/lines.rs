//! Formats some lines of a file, as editors ask for it.

use std::ops::Range;

use similar::TextDiff;

/// Some lines of a file: the number of the first and of the last one, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineRange {
    /// The first line.
    pub(crate) first: usize,
    /// The last line.
    pub(crate) last: usize,
}

impl LineRange {
    /// Parses `FIRST:LAST`, or one number for one line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("expected FIRST:LAST, such as 3:7, with lines from 1".to_owned()),
        }
    }
}

/// Returns the text with those changes alone that touch one of the lines. Changed lines that follow each other are one change, unless
/// there are as many afterwards as before: then each line is one.
pub(super) fn only(text: &str, formatted: &str, ranges: &[LineRange]) -> String {
    let diff = TextDiff::from_lines(text, formatted);
    let (old, new) = (lines(text), lines(formatted));
    let mut mixed = String::with_capacity(formatted.len());
    let mut take = |before: Range<usize>, after: Range<usize>| {
        // What is only added is at the line before which it stands.
        let (first, last) = (before.start + 1, before.end.max(before.start + 1));
        let is_wanted = ranges.iter().any(|range| range.first <= last && first <= range.last);
        let kept = if is_wanted { &new[after] } else { &old[before] };
        mixed.extend(kept.iter().copied());
    };
    for op in diff.ops() {
        let (before, after) = (op.old_range(), op.new_range());
        if before.len() == after.len() {
            before.zip(after).for_each(|(before, after)| take(before..before + 1, after..after + 1));
        } else {
            take(before, after);
        }
    }
    mixed
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
