//! Parses YAML 1.2 into a tree in which every scalar keeps the text that was written, and every node has its place.
//!
//! A library parses the text into events, and this module builds the tree from them. It reports what the language does not allow:
//! several documents, tags, merge keys, and keys that are not strings. It limits what aliases copy. It does not know which keys the
//! language has.

mod explain;
mod loader;
mod marks;
pub(crate) mod scalar_places;
pub(crate) mod traps;

use std::borrow::Cow;

use saphyr_parser::Parser;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::{SourceId, Span};

pub(crate) use explain::quoted;
use loader::Loader;
use marks::Marks;

/// The largest size of a file. Older daemons transfer at most 4 MiB in one message.
pub const MAX_BYTES: usize = 4 << 20;
/// How deep maps and lists may nest.
pub const MAX_DEPTH: usize = 64;
/// The largest length of a line. The parser reads ahead to the end of a line, so its time depends on this.
pub const MAX_LINE_BYTES: usize = 1 << 20;
/// The largest number of strings, lists and maps in a file.
pub const MAX_NODES: usize = 400_000;
/// The largest number of nodes that all anchors and aliases of a file together may copy. A string counts one more for every 32
/// bytes.
pub const MAX_ALIAS_NODES: usize = 100_000;

/// A node of the tree and its place. The span of a map or list in block style starts at its first entry and ends with its last; in
/// flow style it includes the brackets.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// The place of the node.
    pub span: Span,
    /// The content of the node.
    pub yaml: Yaml<'a>,
}

/// The content of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml<'a> {
    /// No value, as after `key:` at the end of a line.
    Empty,
    /// A string as it was written. Numbers and truth values are strings too.
    Scalar(Cow<'a, str>, Style),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map, with its entries in the order in which they were written.
    Map(Vec<Entry<'a>>),
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block scalar, after `|` or `>`.
    Block,
}

/// A key of a map with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// The place of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node<'a>,
}

impl Yaml<'_> {
    /// The name of the type in messages, with an article.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Scalar(..) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl<'a> Node<'a> {
    /// The value of a key. `None` if this is not a map or does not have the key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Yaml::Map(entries) = &self.yaml else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text of a scalar. `None` for any other node.
    pub fn text(&self) -> Option<&str> {
        let Yaml::Scalar(text, _) = &self.yaml else { return None };
        Some(text)
    }
}

/// Parses a build file, which has one document.
///
/// # Errors
/// The first violation of YAML's grammar. If there is none, all duplicate keys, merge keys, tags and keys that are not strings.
pub fn parse(source: SourceId, text: &str) -> Result<Node<'_>, Vec<Diagnostic>> {
    if let Some(found) = too_large(source, text).or_else(|| long_line(source, text)) {
        return Err(vec![found]);
    }
    let (loader, ended) = load(source, text);
    ended?;
    match (loader.root, loader.found) {
        (Some(root), found) if found.is_empty() && root.yaml != Yaml::Empty => Ok(root),
        (_, found) if !found.is_empty() => Err(found),
        _ => Err(vec![
            Diagnostic::error(Code::Yaml, Span { source, ..Span::default() }, "the file is empty")
                .help("the smallest image.yaml is `stages: {app: {from: \"debian:12\"}}`"),
        ]),
    }
}

/// Parses a file that is not a build file. Tags are ignored. If a key is written twice, the first one counts. Of several documents,
/// it is the first one.
///
/// # Errors
/// The first violation of YAML's grammar.
pub(crate) fn parse_foreign(source: SourceId, text: &str) -> Result<Node<'_>, Vec<Diagnostic>> {
    if let Some(found) = too_large(source, text) {
        return Err(vec![found]);
    }
    let (loader, ended) = load(source, text);
    match (loader.root, ended) {
        (Some(root), Err(_)) if loader.documents > 1 => Ok(root),
        (_, Err(found)) => Err(found),
        (root, Ok(())) => Ok(root.unwrap_or(Node { span: Span::default(), yaml: Yaml::Empty })),
    }
}

/// Loads as much of the text as possible. The error has the violation that ended it, and the diagnostics from before that.
fn load(source: SourceId, text: &str) -> (Loader<'_>, Result<(), Vec<Diagnostic>>) {
    let marks = Marks::new(source, text);
    let mut loader = Loader::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => {
                let span = marks.span_of(&event, span);
                loader.event(event, span)
            }
            Err(error) => {
                let at = marks.span(saphyr_parser::Span::empty(*error.marker()));
                Err(explain::explain(text, at, error.info(), loader.open_bracket()))
            }
        };
        if let Err(fatal) = step {
            let mut found = std::mem::take(&mut loader.found);
            found.push(fatal);
            return (loader, Err(found));
        }
    }
    (loader, Ok(()))
}

fn too_large(source: SourceId, text: &str) -> Option<Diagnostic> {
    (text.len() > MAX_BYTES).then(|| {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are allowed", text.len());
        Diagnostic::error(Code::Yaml, Span { source, ..Span::default() }, message)
            .help("repeat its parts with `for` and fragments instead of writing them out")
    })
}

fn long_line(source: SourceId, text: &str) -> Option<Diagnostic> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > MAX_LINE_BYTES {
            let span = Span { source, start, end: start };
            let message = format!("a line has {} bytes; at most {MAX_LINE_BYTES} are allowed", line.len());
            return Some(Diagnostic::error(Code::Yaml, span, message));
        }
        start += line.len() as u32;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node<'_> {
        parse(SourceId(0), text).unwrap()
    }

    #[test]
    fn plain_scalars_are_what_was_written() {
        let check = |written: &str| {
            let text = format!("a: {written}\n");
            assert_eq!(tree(&text).get("a").unwrap().text(), Some(written));
        };
        ["3.10", "24.04", "010", "on", "yes", "1e3", "0x1F", "~", "null", "true", "${{ x }}", "1_000"]
            .into_iter()
            .for_each(check);
    }

    #[test]
    fn spans_cover_what_was_written() {
        let check = |text: &str, key: &str, expect: &str| {
            let node = parse(SourceId(0), text).unwrap();
            let span = node.get(key).unwrap().span;
            assert_eq!(&text[span.start as usize..span.end as usize], expect);
        };
        check("a: bc\nd: e\n", "a", "bc");
        check("a: 'b c'  # x\n", "a", "'b c'");
        check("ä: ü\nb: ö x\n", "b", "ö x");
        check("a:\n  - b\n  - c: d\n\n\ne: f\n", "a", "- b\n  - c: d");
        check("a: {b: c}\nd: e\n", "a", "{b: c}");
        check("a: [b, c]\nd: e\n", "a", "[b, c]");
        check("a:\n  b: c\n  d: e\n\nf: g\n", "a", "b: c\n  d: e");
    }

    #[test]
    fn aliases_expand_and_bombs_do_not() {
        let text = "a: &x [1, 2]\nb: *x\n";
        assert_eq!(tree(text).get("b").unwrap().yaml, tree(text).get("a").unwrap().yaml);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let item = format!("*a{}", n - 1);
            bomb += &format!("a{n}: &a{n} [{}]\n", [item.as_str(); 10].join(", "));
        }
        assert_eq!(parse(SourceId(0), &bomb).unwrap_err()[0].code, Code::AliasBudget);
        assert_eq!(parse(SourceId(0), "a: &a [*a]\n").unwrap_err()[0].code, Code::Yaml);
    }

    #[test]
    fn depth_and_size_are_limited() {
        let deep = format!("a: {}{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(parse(SourceId(0), &deep).unwrap_err().len(), 1);
        let large = "a".repeat(MAX_BYTES + 1);
        assert!(parse(SourceId(0), &large).unwrap_err()[0].message.contains("at most"));
    }
}
