//! Texts: plain and quoted ones of one line, and blocks.

use std::borrow::Cow;

use super::{Quick, Text, is_text};
use crate::yaml::{Node, Style};

/// A key must end within so many bytes (YAML 1.2, 7.4.2: 1024 characters).
const LONGEST_KEY: usize = 1000;

impl<'t> Quick<'t> {
    /// A text outside of brackets. It ends before a `:` that makes it a key, at a comment or at the end of its line.
    pub(super) fn text_of_line(&mut self) -> Option<Text<'t>> {
        let start = self.at;
        let text = match self.peek()? {
            b'"' => self.double_quoted()?,
            b'\'' => self.single_quoted()?,
            _ => self.plain(|_| false)?,
        };
        if self.peek() == Some(b':') && (!self.blank_at(1) || self.at - start > LONGEST_KEY) {
            return None;
        }
        Some(text)
    }

    /// A text inside of brackets: these and commas end it too.
    pub(super) fn text_in_flow(&mut self) -> Option<Text<'t>> {
        let start = self.at;
        let text = match self.peek()? {
            b'"' => self.double_quoted()?,
            b'\'' => self.single_quoted()?,
            _ => self.plain(|byte| matches!(byte, b',' | b'[' | b']' | b'{' | b'}'))?,
        };
        (self.at - start < LONGEST_KEY).then_some(text)
    }

    fn plain(&mut self, ends: impl Fn(u8) -> bool) -> Option<Text<'t>> {
        let start = self.at;
        match self.peek()? {
            b'-' if self.blank_at(1) || self.peek_at(1).is_some_and(&ends) => return None,
            b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>'
            | b'\'' | b'"' | b'%' | b'@' | b'`' => return None,
            _ => {}
        }
        let mut end = start;
        let mut at = start;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' => break,
                b' ' => {}
                b'#' if end < at => break,
                b':' if matches!(self.bytes.get(at + 1), None | Some(b' ' | b'\n')) => break,
                b':' if self.bytes.get(at + 1).is_some_and(|next| ends(*next)) => return None,
                _ if ends(byte) => break,
                _ if !is_text(byte) => return None,
                _ => end = at + 1,
            }
            at += 1;
        }
        // What ends it is read next; white space before a comment is part of the line.
        self.at = if self.bytes.get(at) == Some(&b':') { at } else { end };
        let key_apart = self.bytes.get(at) == Some(&b':') && end < at;
        (end > start && !key_apart)
            .then(|| (self.text[start..end].into(), Style::Plain, self.span(start, end)))
    }

    fn single_quoted(&mut self) -> Option<Text<'t>> {
        let start = self.at;
        let mut at = start + 1;
        let mut doubled = false;
        loop {
            match *self.bytes.get(at)? {
                b'\'' if self.bytes.get(at + 1) == Some(&b'\'') => {
                    doubled = true;
                    at += 1;
                }
                b'\'' => break,
                byte if !is_text(byte) => return None,
                _ => {}
            }
            at += 1;
        }
        self.at = at + 1;
        let inner = &self.text[start + 1..at];
        let text = if doubled { inner.replace("''", "'").into() } else { Cow::Borrowed(inner) };
        Some((text, Style::Quoted, self.span(start, self.at)))
    }

    fn double_quoted(&mut self) -> Option<Text<'t>> {
        let start = self.at;
        let mut at = start + 1;
        let mut written = at;
        let mut text = Cow::Borrowed("");
        loop {
            match *self.bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    let escaped = match self.bytes.get(at + 1)? {
                        b'n' => "\n",
                        b't' => "\t",
                        b'"' => "\"",
                        b'\\' => "\\",
                        b'/' => "/",
                        _ => return None,
                    };
                    text += &self.text[written..at];
                    text += escaped;
                    at += 1;
                    written = at + 1;
                }
                byte if !is_text(byte) => return None,
                _ => {}
            }
            at += 1;
        }
        self.at = at + 1;
        text += &self.text[written..at];
        Some((text, Style::Quoted, self.span(start, self.at)))
    }

    /// A text of several lines after `|` or `>`, in a collection of this column.
    pub(super) fn block_text(&mut self, column: usize) -> Option<Node<'t>> {
        let folded = self.peek() == Some(b'>');
        self.at += 1;
        let chomp = self.peek().filter(|byte| matches!(byte, b'-' | b'+'));
        self.at += usize::from(chomp.is_some());
        self.spaces();
        if self.peek() != Some(b'\n') {
            return None;
        }
        self.at += 1;
        let (start, lines) = self.lines_of_block(column)?;
        let end = self.at;
        let mut text = if folded { fold(&lines)? } else { lines.join("\n") };
        let breaks = lines.iter().rev().take_while(|line| line.is_empty()).count() + 1;
        text.truncate(text.trim_end_matches('\n').len());
        let breaks = match chomp {
            None => 1,
            Some(b'-') => 0,
            Some(_) => breaks,
        };
        text.extend(std::iter::repeat_n('\n', breaks));
        self.next_line()?;
        self.column.is_none_or(|next| next <= column).then_some(())?;
        self.scalar((text.into(), Style::Block, self.span(start, end)))
    }

    /// The lines of a block without their indentation: those from here on that are blank or stand as far right as the first,
    /// and where the text of the first begins.
    fn lines_of_block(&mut self, column: usize) -> Option<(usize, Vec<&'t str>)> {
        let mut lines = Vec::new();
        let mut indent = None;
        let mut start = self.at;
        while self.at < self.bytes.len() {
            let line = &self.text[self.at..];
            let line = &line[..line.find('\n')?];
            let spaces = line.bytes().take_while(|byte| *byte == b' ').count();
            let blank = spaces == line.len();
            if indent.is_none() && !blank && spaces > column {
                indent = Some(spaces);
                start = self.at + spaces;
            }
            let content = match indent {
                Some(indent) if blank => line.get(indent..).unwrap_or(""),
                Some(indent) if spaces >= indent => &line[indent..],
                None if blank && spaces <= column => "",
                // How far the lines below stand right decides what is content here.
                None if blank => return None,
                _ => break,
            };
            // Where a tab indents, the library has to say what that means.
            let odd = |byte: u8| !is_text(byte) && byte != b'\t';
            if content.starts_with('\t') || content.bytes().any(odd) {
                return None;
            }
            lines.push(content);
            self.at += line.len() + 1;
        }
        indent.is_some().then_some((start, lines))
    }
}

/// Joins lines by spaces, and keeps blank ones as breaks. Nothing when lines stand further right than others.
fn fold(lines: &[&str]) -> Option<String> {
    let mut text = String::new();
    for line in lines {
        match *line {
            line if line.starts_with(' ') => return None,
            "" => text.push('\n'),
            line => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push(' ');
                }
                text += line;
            }
        }
    }
    Some(text)
}
