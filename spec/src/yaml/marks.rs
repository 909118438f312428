//! Converts the parser's positions, which count characters, to spans, which count bytes.

use saphyr_parser::{Event, ScalarStyle};

use crate::base::source::{SourceId, Span};

/// The byte offset of each character of a text.
pub(super) struct Marks<'t> {
    source: SourceId,
    text: &'t str,
    /// The byte at which each character starts. Empty if the text is ASCII, where both counts are equal.
    bytes: Vec<u32>,
}

impl<'t> Marks<'t> {
    pub(super) fn new(source: SourceId, text: &'t str) -> Self {
        let ascii = text.is_ascii();
        let bytes = if ascii { Vec::new() } else { text.char_indices().map(|(at, _)| at as u32).collect() };
        Self { source, text, bytes }
    }

    fn byte(&self, character: usize) -> u32 {
        let end = self.text.len() as u32;
        if self.bytes.is_empty() {
            return (character as u32).min(end);
        }
        self.bytes.get(character).copied().unwrap_or(end)
    }

    /// The span of an event. The parser's span of a quoted scalar ends where the next token starts; this one ends with the quote.
    pub(super) fn span_of(&self, event: &Event<'_>, span: saphyr_parser::Span) -> Span {
        let span = self.span(span);
        let written = &self.text[span.start as usize..span.end.max(span.start) as usize];
        match event {
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) => {
                let open = written.find(['"', '\'']).unwrap_or(0);
                let end = closing_quote(&written[open..]).map_or(written.len(), |end| open + end);
                span.part(0, end)
            }
            // The place of a missing value is the colon before it.
            Event::Scalar(value, ScalarStyle::Plain, ..) if value.is_empty() => {
                let (before, rest) = self.text.split_at(span.start as usize);
                let at = span.start - u32::from(before.ends_with(':') && !rest.starts_with(':'));
                Span { start: at, end: at, ..span }
            }
            Event::Scalar(_, ScalarStyle::Plain, ..) => {
                span.part(0, written.trim_end_matches([' ', '\t', '\r', '\n']).len())
            }
            // A block scalar ends with its last line. The parser's span goes on to the first character of the next token.
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                span.part(0, written.trim_end_matches(' ').len())
            }
            Event::SequenceEnd | Event::MappingEnd if written.starts_with([']', '}']) => span.part(0, 1),
            _ => span,
        }
    }

    pub(super) fn span(&self, span: saphyr_parser::Span) -> Span {
        Span { source: self.source, start: self.byte(span.start.index()), end: self.byte(span.end.index()) }
    }
}

/// The offset after the closing quote of a scalar. The text starts with the opening quote.
fn closing_quote(written: &str) -> Option<usize> {
    let mut characters = written.char_indices().peekable();
    let (_, quote) = characters.next()?;
    while let Some((at, c)) = characters.next() {
        let escape = c == '\\' && quote == '"';
        let doubled =
            c == quote && quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == quote);
        if escape || doubled {
            characters.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}
