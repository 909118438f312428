//! Collections in brackets.

use super::{Quick, Text};
use crate::yaml::{Entry, Node, Yaml};

impl<'t> Quick<'t> {
    /// A node inside of or with brackets, in a block collection of this column.
    pub(super) fn flow(&mut self, column: usize) -> Option<Node<'t>> {
        match self.peek()? {
            b'[' => self.deeper(|quick| quick.flow_list(column)),
            b'{' => self.deeper(|quick| quick.flow_map(column)),
            _ => {
                let text = self.text_in_flow()?;
                self.scalar(text)
            }
        }
    }

    fn flow_list(&mut self, column: usize) -> Option<Node<'t>> {
        let start = self.at;
        let mut items = Vec::new();
        self.at += 1;
        self.between(column)?;
        while self.peek()? != b']' {
            items.push(self.flow(column)?);
            self.separator(column, b']')?;
        }
        self.at += 1;
        self.node(self.span(start, self.at), Yaml::List(items))
    }

    fn flow_map(&mut self, column: usize) -> Option<Node<'t>> {
        let start = self.at;
        let mut entries = Vec::with_capacity(2);
        self.at += 1;
        self.between(column)?;
        while self.peek()? != b'}' {
            let (key, _, key_span) = self.flow_key()?;
            self.between(column)?;
            if matches!(self.peek()?, b',' | b'}') {
                return None;
            }
            let value = self.flow(column)?;
            entries.push(Entry { key, key_span, value });
            let comma = self.separator(column, b'}')?;
            // For the library such a map ends before its bracket.
            if comma && self.peek()? == b'}' {
                return None;
            }
        }
        self.at += 1;
        self.map(self.span(start, self.at), entries)
    }

    fn flow_key(&mut self) -> Option<Text<'t>> {
        let key = self.text_in_flow()?;
        if self.peek() != Some(b':') || !self.blank_at(1) || key.0.is_empty() || key.0 == "<<" {
            return None;
        }
        self.at += 1;
        Some(key)
    }

    /// Passes over the comma behind an entry, which may be missing before the closing bracket; gives whether there is one.
    fn separator(&mut self, column: usize, closing: u8) -> Option<bool> {
        self.between(column)?;
        let comma = self.peek()? == b',';
        if comma {
            self.at += 1;
            self.between(column)?;
        }
        (comma || self.peek()? == closing).then_some(comma)
    }

    /// Passes over white space, line breaks and comments. Lines stand further right than the collection around.
    fn between(&mut self, column: usize) -> Option<()> {
        let before = self.at;
        self.spaces();
        match self.peek()? {
            b'\n' => {}
            b'#' if self.at > before => self.comment()?,
            _ => return Some(()),
        }
        self.at += usize::from(self.peek().is_some());
        self.next_line()?;
        self.column.is_some_and(|inner| inner > column).then_some(())
    }
}
