//! Block maps and lists: what belongs together begins in the same column.

use super::{Quick, Text};
use crate::yaml::{Entry, Node, Yaml};

impl<'t> Quick<'t> {
    /// A node that begins a line, further right than `outer`.
    pub(super) fn block(&mut self, outer: Option<usize>) -> Option<Node<'t>> {
        let column = self.column.filter(|column| outer.is_none_or(|outer| *column > outer))?;
        self.block_at(column, outer)
    }

    /// A node of which the first character stands in this column; it may be a collection.
    fn block_at(&mut self, column: usize, outer: Option<usize>) -> Option<Node<'t>> {
        match self.peek()? {
            b'-' if self.at_item() => self.deeper(|quick| quick.list(column)),
            b'|' | b'>' | b'[' | b'{' => self.value(outer?),
            _ => {
                let text = self.text_of_line()?;
                if self.peek() == Some(b':') {
                    return self.deeper(|quick| quick.block_map(column, text));
                }
                // A text alone is no build file, but the value of a key may stand on a line of its own.
                self.last_of(outer?)?;
                self.scalar(text)
            }
        }
    }

    fn list(&mut self, column: usize) -> Option<Node<'t>> {
        let start = self.at;
        let mut items: Vec<Node<'t>> = Vec::new();
        loop {
            self.at += 1;
            let item = if self.rest_is_blank() {
                self.end_of_line()?;
                self.block(Some(column))?
            } else {
                self.spaces();
                self.block_at(self.at - self.line, Some(column))?
            };
            items.push(item);
            if self.column != Some(column) || !self.at_item() {
                break;
            }
        }
        let end = items.last().map_or(self.at as u32, |item| item.span.end);
        self.node(self.span(start, end as usize), Yaml::List(items))
    }

    /// A map whose first key was read already.
    fn block_map(&mut self, column: usize, first: Text<'t>) -> Option<Node<'t>> {
        let start = first.2.start as usize;
        // Most maps are small, and a file has many.
        let mut entries: Vec<Entry<'t>> = Vec::with_capacity(2);
        let mut next = Some(first);
        while let Some((key, _, key_span)) = next {
            if self.peek() != Some(b':') || key.is_empty() || key == "<<" {
                return None;
            }
            let colon = self.at;
            self.at += 1;
            let value = if self.rest_is_blank() {
                self.end_of_line()?;
                match self.column {
                    Some(inner) if inner > column => self.block(Some(column))?,
                    Some(same) if same == column && self.at_item() => {
                        // For the library a list in the column of its key begins behind the first dash.
                        let mut list = self.deeper(|quick| quick.list(column))?;
                        let behind = &self.text[list.span.start as usize + 1..];
                        let item = behind.trim_start_matches(' ');
                        (!item.starts_with(['\n', '#'])).then_some(())?;
                        list.span.start += 1 + (behind.len() - item.len()) as u32;
                        list
                    }
                    _ => self.node(self.span(colon, colon), Yaml::Empty)?,
                }
            } else {
                self.spaces();
                self.value(column)?
            };
            entries.push(Entry { key, key_span, value });
            next = match self.column {
                Some(same) if same == column => Some(self.text_of_line()?),
                Some(inner) if inner > column => return None,
                _ => None,
            };
        }
        let end = entries.last().map_or(start, |last| last.value.span.end as usize);
        self.map(self.span(start, end), entries)
    }

    /// A value on the line of its key, or an item on that of its dash, in a collection of this column.
    fn value(&mut self, column: usize) -> Option<Node<'t>> {
        match self.peek()? {
            b'|' | b'>' => self.block_text(column),
            b'[' | b'{' => {
                let node = self.flow(column)?;
                self.end_of_line()?;
                Some(node)
            }
            _ => {
                let text = self.text_of_line()?;
                self.last_of(column)?;
                self.scalar(text)
            }
        }
    }

    /// Whether an item of a list begins here.
    fn at_item(&self) -> bool {
        self.peek() == Some(b'-') && self.blank_at(1)
    }

    /// Whether nothing but white space or a comment stands on the rest of the line.
    fn rest_is_blank(&self) -> bool {
        let spaces = self.bytes[self.at..].iter().take_while(|byte| **byte == b' ').count();
        match self.peek_at(spaces) {
            Some(b'#') => spaces > 0,
            next => matches!(next, None | Some(b'\n')),
        }
    }

    /// Ends a text of one line: what follows must not belong to it.
    fn last_of(&mut self, column: usize) -> Option<()> {
        self.end_of_line()?;
        self.column.is_none_or(|next| next <= column).then_some(())
    }
}
