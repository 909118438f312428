//! Merges the maps of all files into one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{include_not_found, includes};
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::sorted::map_of;
use crate::base::source::{SourceId, Sources, Span};
use crate::family::reader::Reader;
use crate::family::requires;
use crate::yaml::{self, Entry, MAX_NODES, Node, Yaml};

/// Keys whose maps and lists are merged. Any other key may be in one file only.
const JOINED: &[&str] =
    &["axes", "args", "vars", "support", "mixins", "fragments", "stages", "targets", "provenance"];

/// Merges all files into one map. The entries of an included file come before those of the file that includes it.
pub(in crate::family) fn joined<'s>(reader: &mut Reader<'s>) -> Option<Node<'s>> {
    let sources = reader.sources;
    let (mut roots, mut nodes) = (Vec::new(), 0);
    for id in sources.ids() {
        match yaml::parse(id, sources.get(id).text()) {
            Ok(root) => {
                nodes += count(&root);
                roots.push(root);
            }
            Err(errors) => reader.found.extend(errors),
        }
        if nodes > MAX_NODES && roots.len() > 1 {
            let span = Span { source: id, ..Span::default() };
            let message = format!(
                "the files of the family have more than {MAX_NODES} strings, lists and maps together"
            );
            reader.found = vec![Diagnostic::error(Code::Yaml, span, message)];
            return None;
        }
    }
    if let Some(error) = requires::newer(&roots) {
        reader.found = vec![error];
        return None;
    }
    if !reader.found.is_empty() {
        return None;
    }
    roots.iter().for_each(|root| requires::check(reader, root));
    let is_alone = roots.len() == 1 && roots[0].get("include").is_none();
    if roots.is_empty() || is_alone {
        return roots.pop();
    }
    let found = &mut reader.found;
    let mut order = Vec::new();
    visit(sources, &roots, 0, &mut Vec::new(), &mut order, found);
    let mut all = Joined::default();
    let span = roots[0].span;
    let mut roots: Vec<Option<Node<'s>>> = roots.into_iter().map(Some).collect();
    for index in order {
        match roots[index].take().map(|root| root.yaml) {
            Some(Yaml::Map(entries)) => entries.into_iter().for_each(|entry| all.add(entry, found)),
            _ => {
                let span = Span { source: SourceId(index as u16), ..Span::default() };
                found.push(Diagnostic::error(
                    Code::WrongType,
                    span,
                    "the file is not a map with keys such as `stages`",
                ));
            }
        }
    }
    Some(Node { span, yaml: Yaml::Map(all.entries) })
}

/// The number of nodes below and including this one.
fn count(node: &Node<'_>) -> usize {
    1 + match &node.yaml {
        Yaml::List(items) => items.iter().map(count).sum(),
        Yaml::Map(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
        _ => 0,
    }
}

/// Adds a file to `order`, after the files that it includes.
fn visit(
    sources: &Sources,
    roots: &[Node<'_>],
    at: usize,
    path: &mut Vec<usize>,
    order: &mut Vec<usize>,
    found: &mut Vec<Diagnostic>,
) {
    path.push(at);
    for include in includes(sources, SourceId(at as u16), &roots[at], &mut Vec::new()) {
        if found.len() >= MAX_ERRORS {
            break;
        }
        let Some(id) = sources.ids().find(|id| sources.get(*id).name() == include.path) else {
            found.push(include_not_found(&include));
            continue;
        };
        let index = usize::from(id.0);
        if path.contains(&index) {
            let message = format!("`{}` includes itself, directly or through other files", include.path);
            found.push(Diagnostic::error(Code::Include, include.span, message));
        } else if !order.contains(&index) {
            visit(sources, roots, index, path, order, found);
        }
    }
    path.pop();
    order.push(at);
}

/// The merged map of all files.
#[derive(Default)]
struct Joined<'s> {
    entries: Vec<Entry<'s>>,
    /// The index of each key in `entries`.
    places: BTreeMap<Cow<'s, str>, usize>,
    /// The keys of each map that was merged, by its index, with their places.
    inner: BTreeMap<usize, BTreeMap<Cow<'s, str>, Span>>,
}

impl<'s> Joined<'s> {
    /// Adds an entry of a file.
    fn add(&mut self, entry: Entry<'s>, found: &mut Vec<Diagnostic>) {
        if matches!(entry.key.as_ref(), "include" | "requires") || entry.key.starts_with("x-") {
            return;
        }
        let Some(&at) = self.places.get(&entry.key) else {
            self.places.insert(entry.key.clone(), self.entries.len());
            self.entries.push(entry);
            return;
        };
        let mut twice = |key: &str, span: Span, first: Span| {
            if found.len() < MAX_ERRORS {
                let message = format!("`{key}` is defined in two files");
                let error = Diagnostic::error(Code::DuplicateKey, span, message);
                found.push(
                    error.related(first, "first defined here").help("remove one of them, or rename it"),
                );
            }
        };
        let have = &mut self.entries[at];
        match (&mut have.value.yaml, entry.value.yaml) {
            (Yaml::Map(have), Yaml::Map(more)) if JOINED.contains(&entry.key.as_ref()) => {
                let known = self
                    .inner
                    .entry(at)
                    .or_insert_with(|| map_of(have.iter().map(|entry| (entry.key.clone(), entry.key_span))));
                for entry in more {
                    match known.get(&entry.key) {
                        Some(first) => twice(&entry.key, entry.key_span, *first),
                        None => {
                            known.insert(entry.key.clone(), entry.key_span);
                            have.push(entry);
                        }
                    }
                }
            }
            (Yaml::List(have), Yaml::List(more)) if JOINED.contains(&entry.key.as_ref()) => have.extend(more),
            _ => twice(&entry.key, entry.key_span, have.key_span),
        }
    }
}
