//! Merges the maps of all files into one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::{each_build_file, include_not_found, includes};
use crate::base::diagnostic::{Code, Diagnostic, MAX_ERRORS};
use crate::base::sorted::map_of;
use crate::base::source::{SourceId, Sources, Span};
use crate::family::reader::Reader;
use crate::family::requires;
use crate::yaml::{Entry, MAX_NODES, Node, Yaml};

/// Keys whose maps and lists are merged. Any other key may be in one file only.
const JOINED: &[&str] =
    &["axes", "args", "vars", "support", "mixins", "fragments", "stages", "targets", "provenance"];

/// Merges all files into one map. The entries of an included file come before those of the file that includes it.
pub(in crate::family) fn joined<'s>(reader: &mut Reader<'s>) -> Option<Node<'s>> {
    let sources = reader.sources;
    let (mut roots, mut nodes, mut too_much) = (BTreeMap::new(), 0, None);
    each_build_file(sources, |id, root| {
        match root {
            Ok(root) => {
                nodes += count(&root);
                roots.insert(id, root);
            }
            Err(errors) => reader.found.extend(errors),
        }
        too_much = (nodes > MAX_NODES && roots.len() > 1).then_some(id);
        if too_much.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Some(source) = too_much {
        let span = Span { source, ..Span::default() };
        let message =
            format!("the files of the family have more than {MAX_NODES} strings, lists and maps together");
        reader.found = vec![Diagnostic::error(Code::Yaml, span, message)];
        return None;
    }
    if let Some(error) = requires::newer(roots.values().filter_map(requires::required)) {
        reader.found = vec![error];
        return None;
    }
    if !reader.found.is_empty() {
        return None;
    }
    roots.values().for_each(|root| requires::check(reader, root));
    let (first, root) = roots.first_key_value()?;
    let (first, span) = (*first, root.span);
    if roots.len() == 1 && root.get("include").is_none() {
        return roots.remove(&first);
    }
    let found = &mut reader.found;
    let mut order = Vec::new();
    visit(sources, &roots, first, &mut Vec::new(), &mut order, found);
    let mut all = Joined::default();
    for id in order {
        match roots.remove(&id).map(|root| root.yaml) {
            Some(Yaml::Map(entries)) => entries.into_iter().for_each(|entry| all.add(entry, found)),
            _ => {
                let span = Span { source: id, ..Span::default() };
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
pub(in crate::family) fn count(node: &Node<'_>) -> usize {
    1 + match &node.yaml {
        Yaml::List(items) => items.iter().map(count).sum(),
        Yaml::Map(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
        _ => 0,
    }
}

/// Adds a file to `order`, after the files that it includes.
fn visit(
    sources: &Sources,
    roots: &BTreeMap<SourceId, Node<'_>>,
    at: SourceId,
    path: &mut Vec<SourceId>,
    order: &mut Vec<SourceId>,
    found: &mut Vec<Diagnostic>,
) {
    path.push(at);
    for include in roots.get(&at).iter().flat_map(|root| includes(sources, at, root, &mut Vec::new())) {
        if found.len() >= MAX_ERRORS {
            break;
        }
        let Some(id) = sources.ids().find(|id| sources.get(*id).name() == include.path) else {
            found.push(include_not_found(&include));
            continue;
        };
        if path.contains(&id) {
            let message = format!("`{}` includes itself, directly or through other files", include.path);
            found.push(Diagnostic::error(Code::Include, include.span, message));
        } else if !order.contains(&id) {
            visit(sources, roots, id, path, order, found);
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
