//! Finds the places of parts of a scalar in the source, where line breaks are folded, lines are indented, and characters are escaped.
//!
//! The characters of a scalar, without white space, are in its source in the same order. Only escapes are written differently. So the
//! places of white space are not needed to find those of everything else.

use crate::base::source::Span;

/// The places of the characters of one scalar.
pub(crate) enum ScalarPlaces {
    /// The source has the text as it is, at this offset from the start of the span.
    Exact(Span, usize),
    /// Runs of the text that are in the source, in their order. Only white space is outside of them.
    Mapped(Span, Vec<Run>),
    /// The text is not in the source. All its parts have the place of the scalar.
    Unknown(Span),
}

/// A part of a text, and where it is in the source. Offsets are relative to the start of each.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    text: (usize, usize),
    source: (usize, usize),
}

impl ScalarPlaces {
    /// `text` is the value of a scalar, and `written` its source at `span`.
    pub(crate) fn new(text: &str, span: Span, written: &str) -> Self {
        match written.find(text).filter(|_| !text.is_empty()) {
            Some(at) => Self::Exact(span, at),
            None => mapped(text, written).map_or(Self::Unknown(span), |runs| Self::Mapped(span, runs)),
        }
    }

    /// The place of the text between two offsets.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match self {
            Self::Exact(span, at) => span.part(at + start, at + end),
            Self::Unknown(span) => *span,
            Self::Mapped(span, runs) => {
                let first = runs.partition_point(|run| run.text.1 <= start);
                let behind = runs.partition_point(|run| run.text.0 < end);
                match (runs.get(first), behind.checked_sub(1).and_then(|last| runs.get(last))) {
                    (Some(from), Some(to)) if first < behind => span.part(from.at(start), to.at(end)),
                    // Nothing but white space, as at the end of an expression, is behind the text before it.
                    (_, Some(before)) => span.part(before.source.1, before.source.1),
                    (Some(next), None) => span.part(next.source.0, next.source.0),
                    (None, None) => *span,
                }
            }
        }
    }
}

impl Run {
    /// Whether each of its characters is written as it is.
    fn is_plain(self) -> bool {
        self.text.1 - self.text.0 == self.source.1 - self.source.0
    }

    /// The offset in the source for an offset in the text, or the nearest end of the run.
    fn at(self, offset: usize) -> usize {
        match offset {
            offset if offset <= self.text.0 => self.source.0,
            offset if offset < self.text.1 && self.is_plain() => self.source.0 + (offset - self.text.0),
            _ => self.source.1,
        }
    }
}

/// The runs of the text in the source. `None` if the source does not have the characters of the text in this order.
fn mapped(text: &str, written: &str) -> Option<Vec<Run>> {
    let mut source = Source::new(written);
    let mut runs: Vec<Run> = Vec::new();
    for (offset, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let (found, start, end) = source.find(|(found, ..)| !found.is_whitespace())?;
        if found != c {
            return None;
        }
        let next = Run { text: (offset, offset + c.len_utf8()), source: (start, end) };
        match runs.last_mut() {
            // White space that is as long in the text as in the source does not end a run.
            Some(run) if run.is_plain() && next.is_plain() && start - run.source.0 == offset - run.text.0 => {
                (run.text.1, run.source.1) = (next.text.1, next.source.1);
            }
            _ => runs.push(next),
        }
    }
    Some(runs)
}

/// How the characters of a scalar are written.
#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    /// Between double quotes, after `\`.
    Backslash,
    /// Between single quotes, `''` is one quote.
    Doubled,
    None,
}

/// The characters that the source of a scalar stands for, each with the offsets between which it is written.
struct Source<'w> {
    written: &'w str,
    at: usize,
    escapes: Escapes,
}

impl<'w> Source<'w> {
    fn new(written: &'w str) -> Self {
        let (at, escapes) = match written.as_bytes().first() {
            Some(b'"') => (1, Escapes::Backslash),
            Some(b'\'') => (1, Escapes::Doubled),
            // The line of the `|` or `>` is not part of a block.
            Some(b'|' | b'>') => (written.find('\n').unwrap_or(written.len()), Escapes::None),
            _ => (0, Escapes::None),
        };
        Self { written, at, escapes }
    }
}

impl Iterator for Source<'_> {
    type Item = (char, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.written.get(start..)?;
        let first = rest.chars().next()?;
        let (c, length) = match (self.escapes, first) {
            (Escapes::Backslash, '\\') => escaped(&rest[1..]).map(|(c, length)| (c, 1 + length))?,
            (Escapes::Doubled, '\'') => ('\'', 2),
            (_, c) => (c, c.len_utf8()),
        };
        self.at += length;
        Some((c, start, self.at))
    }
}

/// The character of an escape, and its length without the backslash. A backslash at the end of a line stands for no character, as white
/// space does.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let kind = rest.chars().next()?;
    let code = |digits: usize| {
        let code = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
        Some((char::from_u32(code)?, 1 + digits))
    };
    match kind {
        'x' => code(2),
        'u' => code(4),
        'U' => code(8),
        '0' => Some(('\0', 1)),
        'a' => Some(('\x07', 1)),
        'b' => Some(('\x08', 1)),
        'e' => Some(('\x1b', 1)),
        't' | 'n' | 'v' | 'f' | 'r' | 'N' | '_' | 'L' | 'P' => Some((' ', 1)),
        other => Some((other, other.len_utf8())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::SourceId;
    use crate::yaml::{Yaml, parse};

    #[test]
    fn parts_are_found_in_every_style() {
        let check = |value: &str| {
            for line_break in ["\n", "\r\n"] {
                let file = format!("é: 漢字\na: {value}\nb: c\n").replace('\n', line_break);
                let node = parse(SourceId(0), &file).unwrap();
                let node = node.get("a").unwrap();
                let Yaml::Scalar(text, _) = &node.yaml else { panic!("{value}") };
                let written = &file[node.span.start as usize..node.span.end as usize];
                let places = ScalarPlaces::new(text, node.span, written);
                let at = text.find("MARK").unwrap();
                let found = places.span(at, at + 4);
                assert_eq!(&file[found.start as usize..found.end as usize], "MARK", "{file}");
                assert_eq!(found.start as usize, file.rfind("MARK").unwrap(), "{file}");
                let empty = places.span(at + 4, at + 4);
                assert_eq!((empty.start, empty.end), (found.end, found.end), "{file}");
            }
        };
        check("MARK");
        check("x MARK y");
        check("plain of\n  several\n\n  lines MARK\n  z");
        check("'it''s of\n  several\n  MARK lines'");
        check("\"tab\\t quote\\\" slash\\/ nel\\N \\x41\\u6f22\\U0001F600 MARK\"");
        check("\"a\\\n   b\\n\n  c \\ MARK\"");
        check(">-\n  folded\n  lines\n    indented\n\n  MARK here");
        check(">+2\n    kept MARK\n\n");
        check("|  # a comment\n  one\n\ttab\n  漢字 MARK\n".replace("\n\ttab", "").as_str());
        check("|1-\n   MARK\n");
        check("\"😀 MARK\"");
    }
}
