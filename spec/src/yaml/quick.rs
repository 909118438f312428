//! The YAML that build files are made of, read in one go.
//!
//! The parser of the library is the judge of what YAML is; it takes most of the time that reading a file takes. This reader
//! knows block maps and lists, flow collections, texts of one line and block texts. Whatever else it meets, be it a mistake,
//! an anchor or a text of several lines, it gives up on the file, which is then read by the library. What it gives is what
//! the library gives.

mod block;
mod flow;
mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::{Entry, MAX_DEPTH, MAX_NODES, Node, Style, Yaml, traps};
use crate::base::source::{SourceId, Span};

/// The tree of a file; none when it holds something that is not known here.
pub(super) fn read(source: SourceId, text: &str) -> Option<Node<'_>> {
    // A mark of the byte order is white space at some places, and text at others.
    if text.contains('\u{feff}') {
        return None;
    }
    let mut quick =
        Quick { source, text, bytes: text.as_bytes(), at: 0, line: 0, column: None, nodes: 0, depth: 0 };
    quick.next_line()?;
    let root = quick.block(None)?;
    quick.column.is_none().then_some(root)
}

struct Quick<'t> {
    source: SourceId,
    text: &'t str,
    bytes: &'t [u8],
    /// The byte that is read next.
    at: usize,
    /// Where its line begins.
    line: usize,
    /// The column of the first character of the line, when `at` stands there; nothing at the end of the file.
    column: Option<usize>,
    nodes: usize,
    depth: usize,
}

impl<'t> Quick<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Whether the byte ahead is white space or the end.
    fn blank_at(&self, ahead: usize) -> bool {
        matches!(self.peek_at(ahead), None | Some(b' ' | b'\n'))
    }

    /// Passes over the rest of a line that holds nothing more, and over what is between it and the next line with content.
    fn end_of_line(&mut self) -> Option<()> {
        let before = self.at;
        self.spaces();
        match self.peek() {
            None | Some(b'\n') => {}
            Some(b'#') if self.at > before || self.at == self.line => self.comment()?,
            Some(_) => return None,
        }
        if self.peek().is_some() {
            self.at += 1;
        }
        self.next_line()
    }

    /// Goes to the next line with content, from the start of a line.
    fn next_line(&mut self) -> Option<()> {
        loop {
            self.line = self.at;
            self.spaces();
            match self.peek() {
                None => {
                    self.column = None;
                    return Some(());
                }
                Some(b'\n') => self.at += 1,
                Some(b'#') => {
                    self.comment()?;
                    self.at += usize::from(self.peek().is_some());
                }
                Some(_) => break,
            }
        }
        self.column = Some(self.at - self.line);
        // Lines that begin a document, end one, or direct the parser.
        let marker = self.bytes[self.at..].starts_with(b"---") || self.bytes[self.at..].starts_with(b"...");
        (self.at > self.line || !(marker || self.peek() == Some(b'%'))).then_some(())
    }

    fn comment(&mut self) -> Option<()> {
        while let Some(byte) = self.peek().filter(|byte| *byte != b'\n') {
            is_text(byte).then_some(())?;
            self.at += 1;
        }
        Some(())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source, start: start as u32, end: end as u32 }
    }

    fn node(&mut self, span: Span, yaml: Yaml<'t>) -> Option<Node<'t>> {
        self.nodes += 1;
        (self.nodes <= MAX_NODES / 2).then_some(Node { span, yaml })
    }

    fn scalar(&mut self, (text, style, span): Text<'t>) -> Option<Node<'t>> {
        self.node(span, Yaml::Scalar(text, style))
    }

    /// Reads a collection, one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let read = if self.depth < MAX_DEPTH { read(self) } else { None };
        self.depth -= 1;
        read
    }

    fn map(&mut self, span: Span, entries: Vec<Entry<'t>>) -> Option<Node<'t>> {
        let mut twice = Vec::new();
        traps::duplicate_keys(&entries, &mut twice);
        self.nodes += entries.len();
        if twice.is_empty() { self.node(span, Yaml::Map(entries)) } else { None }
    }
}

/// A text, how it was written, and where.
type Text<'t> = (Cow<'t, str>, Style, Span);

/// Whether a byte may stand in a text: no control characters.
fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f
}
