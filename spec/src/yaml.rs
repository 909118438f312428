//! YAML 1.2 to a tree that keeps every scalar as it was written and knows where everything stands.
//!
//! The parser gives events; this module builds the tree, refuses what the language does not use (several documents,
//! tags, merge keys, keys that are not text), and keeps aliases within a budget. Nothing here knows what a key means.

pub(crate) mod traps;

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// A file may not be larger than this: older daemons hand over at most 4 MiB in one message.
pub const MAX_BYTES: usize = 4 << 20;
/// Maps and lists may not nest deeper than this.
pub const MAX_DEPTH: usize = 64;
/// All aliases of a file together may not stand for more nodes than this.
pub const MAX_ALIAS_NODES: usize = 100_000;

/// A node of the tree and its place. A map or list begins at its first entry and ends with its last.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub yaml: Yaml<'a>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml<'a> {
    /// Nothing was written.
    Empty,
    /// A text, as written: never a number, never a truth value.
    Scalar(Cow<'a, str>, Style),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map in the order it was written.
    Map(Vec<Entry<'a>>),
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block after `|` or `>`.
    Block,
}

/// A key of a map with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node<'a>,
}

impl Yaml<'_> {
    /// What to call it in a message.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Scalar(..) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl<'a> Node<'a> {
    /// The value of a key, when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Yaml::Map(entries) = &self.yaml else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text, when this is a scalar.
    pub fn text(&self) -> Option<&str> {
        let Yaml::Scalar(text, _) = &self.yaml else { return None };
        Some(text)
    }

    fn count(&self) -> usize {
        match &self.yaml {
            Yaml::Empty | Yaml::Scalar(..) => 1,
            Yaml::List(items) => 1 + items.iter().map(Self::count).sum::<usize>(),
            Yaml::Map(entries) => 1 + entries.iter().map(|entry| 1 + entry.value.count()).sum::<usize>(),
        }
    }
}

/// Reads the one document of a file.
///
/// # Errors
/// The first violation of YAML's grammar, or every duplicate key, merge key and tag of a file that is grammatical.
pub fn parse(source: SourceId, text: &str) -> Result<Node<'_>, Vec<Diagnostic>> {
    let whole = Span { source, start: 0, end: text.len() as u32 };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, more than the {MAX_BYTES} allowed", text.len());
        return Err(vec![
            Diagnostic::error(Code::Yaml, whole.part(0, 0), message).help("split it with `include`"),
        ]);
    }
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
                Err(traps::explain(text, at, error.info()))
            }
        };
        if let Err(fatal) = step {
            loader.found.push(fatal);
            return Err(loader.found);
        }
    }
    match (loader.root, loader.found) {
        (Some(root), found) if found.is_empty() && root.yaml != Yaml::Empty => Ok(root),
        (_, found) if !found.is_empty() => Err(found),
        _ => Err(vec![
            Diagnostic::error(Code::Yaml, whole.part(0, 0), "the file is empty")
                .help("the smallest image.yaml is `stages: {app: {from: \"debian:12\"}}`"),
        ]),
    }
}

/// Turns the parser's marks, which count characters, into spans, which count bytes.
struct Marks<'t> {
    source: SourceId,
    text: &'t str,
    /// The byte at which each character starts; empty when the text is ASCII, where they are the same.
    bytes: Vec<u32>,
}

impl<'t> Marks<'t> {
    fn new(source: SourceId, text: &'t str) -> Self {
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

    /// The span of an event. The parser lets a quoted scalar end where the next token starts; here it ends at its quote.
    fn span_of(&self, event: &Event<'_>, span: saphyr_parser::Span) -> Span {
        let span = self.span(span);
        let written = &self.text[span.start as usize..span.end.max(span.start) as usize];
        match event {
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) => {
                let open = written.find(['"', '\'']).unwrap_or(0);
                let end = closing_quote(&written[open..]).map_or(written.len(), |end| open + end);
                span.part(0, end)
            }
            Event::Scalar(_, ScalarStyle::Plain, ..) => span.part(0, written.trim_end().len()),
            _ => span,
        }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span { source: self.source, start: self.byte(span.start.index()), end: self.byte(span.end.index()) }
    }
}

/// The byte after the closing quote of a text that starts with the opening one.
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

/// Builds the tree from events. `fatal` errors end the reading, the others are collected.
#[derive(Default)]
struct Loader<'a> {
    stack: Vec<Frame<'a>>,
    anchors: BTreeMap<usize, Node<'a>>,
    alias_nodes: usize,
    documents: usize,
    root: Option<Node<'a>>,
    found: Vec<Diagnostic>,
}

/// A list or map whose end has not been seen.
struct Frame<'a> {
    span: Span,
    anchor: usize,
    open: Open<'a>,
}

enum Open<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>, Option<(Cow<'a, str>, Span)>),
}

impl<'a> Loader<'a> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Diagnostic::error(Code::Yaml, span, "a second document starts here").help(
                        "one file is one document: remove the `---`, or join the files with `include`",
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let empty = style == Style::Plain && text.is_empty();
                let yaml = if empty { Yaml::Empty } else { Yaml::Scalar(text, style) };
                self.place(Node { span, yaml }, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Frame { span, anchor, open: Open::List(Vec::new()) })?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Frame { span, anchor, open: Open::Map(Vec::new(), None) })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, frame: Frame<'a>) -> Result<(), Diagnostic> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(Diagnostic::error(
                Code::Yaml,
                frame.span,
                format!("lists and maps nest deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.stack.push(frame);
        Ok(())
    }

    fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let (yaml, last) = match frame.open {
            Open::List(items) => {
                let last = items.last().map(|item| item.span);
                (Yaml::List(items), last)
            }
            Open::Map(entries, _) => {
                let last = entries.last().map(|entry| entry.key_span.to(entry.value.span));
                (Yaml::Map(entries), last)
            }
        };
        // A block collection ends where its last entry ends; a flow collection at its bracket.
        let flow = frame.span.start < frame.span.end;
        let span = match last {
            Some(last) if !flow => Span { end: last.end.max(last.start), ..frame.span },
            _ => frame.span.to(end),
        };
        self.place(Node { span, yaml }, frame.anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::error(Code::Yaml, span, "this alias stands inside its own anchor"));
        };
        self.alias_nodes += node.count();
        if self.alias_nodes > MAX_ALIAS_NODES {
            let message = format!("aliases expand to more than {MAX_ALIAS_NODES} nodes");
            return Err(
                Diagnostic::error(Code::AliasBudget, span, message).help("use fragments and mixins instead")
            );
        }
        let node = node.clone();
        self.place(node, 0);
        Ok(())
    }

    /// Puts a finished node where it belongs: into the open list, as key or value into the open map, or at the root.
    fn place(&mut self, node: Node<'a>, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map(entries, pending) => match pending.take() {
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => {
                    let span = node.span;
                    let (key, problem) = match node.yaml {
                        Yaml::Scalar(key, _) => {
                            let problem = traps::key(&key, span, entries);
                            (key, problem)
                        }
                        other => {
                            let message = format!("a key is {}, and must be a text", other.noun());
                            (Cow::Borrowed(""), Some(Diagnostic::error(Code::WrongType, span, message)))
                        }
                    };
                    self.found.extend(problem);
                    *pending = Some((key, span));
                }
            },
        }
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.found.push(
                Diagnostic::error(Code::Yaml, span, "a YAML tag (`!...`) has no meaning here")
                    .help("remove it; every plain value is kept as the text that was written"),
            );
        }
    }
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
        assert!(parse(SourceId(0), &large).unwrap_err()[0].message.contains("more than"));
    }
}
