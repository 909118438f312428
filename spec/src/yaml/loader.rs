//! Builds the tree from the parser's events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, ScalarStyle};

use super::{Entry, MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES, Node, Style, Yaml, traps};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// Builds the tree from events. An error that is returned ends the loading; the others are collected in `found`.
#[derive(Default)]
pub(super) struct Loader<'a> {
    stack: Vec<Frame<'a>>,
    anchors: BTreeMap<usize, Node<'a>>,
    nodes: usize,
    /// The number of nodes that anchors and aliases have copied so far.
    copied: usize,
    pub(super) documents: usize,
    pub(super) root: Option<Node<'a>>,
    pub(super) found: Vec<Diagnostic>,
}

/// A list or map whose end event has not arrived yet.
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
    pub(super) fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Diagnostic::error(Code::Yaml, span, "the file contains a second document")
                        .help("remove the `---`, or join several files with `include`"));
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
                self.place(Node { span, yaml }, anchor)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Frame { span, anchor, open: Open::List(Vec::new()) })?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.open(Frame { span, anchor, open: Open::Map(Vec::new(), None) })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, frame: Frame<'a>) -> Result<(), Diagnostic> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(frame.span));
        }
        self.stack.push(frame);
        Ok(())
    }

    /// The place of the innermost open bracket. `None` if the innermost open collection is in block style.
    pub(super) fn open_bracket(&self) -> Option<Span> {
        self.stack.last().map(|frame| frame.span).filter(|span| span.start < span.end)
    }

    fn close(&mut self, end: Span) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let (yaml, last) = match frame.open {
            Open::List(items) => {
                let last = items.last().map(|item| item.span);
                (Yaml::List(items), last)
            }
            Open::Map(entries, _) => {
                traps::duplicate_keys(&entries, &mut self.found);
                let last = entries.last().map(|entry| entry.key_span.to(entry.value.span));
                (Yaml::Map(entries), last)
            }
        };
        // A block collection ends with its last entry, a flow collection with its bracket.
        let flow = frame.span.start < frame.span.end;
        let span = match last {
            Some(last) if !flow => Span { end: last.end.max(last.start), ..frame.span },
            _ => frame.span.to(end),
        };
        self.place(Node { span, yaml }, frame.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(Diagnostic::error(Code::Yaml, span, "this alias is inside its own anchor"));
        };
        let depth = self.copy(&node, span)?;
        if self.stack.len() + depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.place(node, 0)
    }

    /// Counts a copy of a node against the limit, and returns how deep the node nests.
    fn copy(&mut self, node: &Node<'a>, at: Span) -> Result<usize, Diagnostic> {
        let (weight, depth) = measure(node);
        self.copied += weight;
        if self.copied <= MAX_ALIAS_NODES {
            return Ok(depth);
        }
        let message = format!("anchors and aliases copy more than {MAX_ALIAS_NODES} nodes");
        Err(Diagnostic::error(Code::AliasBudget, at, message).help("use fragments and mixins instead"))
    }

    /// Adds a finished node to the tree: as an item of the open list, as a key or value of the open map, or as the root.
    fn place(&mut self, node: Node<'a>, anchor: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            self.copy(&node, node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} strings, lists and maps");
            return Err(Diagnostic::error(Code::Yaml, node.span, message)
                .help("repeat its parts with `for` and fragments instead of writing them out"));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map(entries, pending) => match pending.take() {
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => {
                    let span = node.span;
                    let (key, problem) = match node.yaml {
                        Yaml::Scalar(key, _) => {
                            let problem = traps::merge_key(&key, span);
                            (key, problem)
                        }
                        other => {
                            let message = match other {
                                Yaml::Empty => "the key is empty".to_owned(),
                                other => format!("the key is {}, expected a string", other.noun()),
                            };
                            (Cow::Borrowed(""), Some(Diagnostic::error(Code::WrongType, span, message)))
                        }
                    };
                    self.found.extend(problem);
                    *pending = Some((key, span));
                }
            },
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.found.push(
                Diagnostic::error(Code::Yaml, span, "varve does not support YAML tags (`!...`)")
                    .help("remove the tag; varve reads every plain value as the text that is written"),
            );
        }
    }
}

fn too_deep(at: Span) -> Diagnostic {
    Diagnostic::error(Code::Yaml, at, format!("lists and maps are nested deeper than {MAX_DEPTH} levels"))
}

/// The weight of a node with all nodes below it, and how deep they nest. Each node and each key counts 1, and a string counts one
/// more for every 32 bytes.
fn measure(node: &Node<'_>) -> (usize, usize) {
    let children = |nodes: &mut dyn Iterator<Item = &Node<'_>>, entries: usize| {
        nodes
            .map(measure)
            .fold((1 + entries, 1), |sum, (weight, depth)| (sum.0 + weight, sum.1.max(1 + depth)))
    };
    match &node.yaml {
        Yaml::Empty => (1, 0),
        Yaml::Scalar(text, _) => (1 + text.len() / 32, 0),
        Yaml::List(items) => children(&mut items.iter(), 0),
        Yaml::Map(entries) => children(&mut entries.iter().map(|entry| &entry.value), entries.len()),
    }
}
