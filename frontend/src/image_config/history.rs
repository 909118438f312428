//! The history of an image: one entry for each layer, and one for each change of settings, which adds no layer.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// The entries of a history.
///
/// Clones share their entries. So the stages of a long chain, and the layers of a step, cost no more than the entries that they add.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    last: Option<Arc<Node>>,
    /// The number of nodes.
    length: usize,
    /// The time of the entries of this build.
    created: Option<Box<str>>,
}

/// What an entry of the history describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A layer.
    Layer,
    /// A change of settings without a layer.
    Settings,
}

/// A node of the list, which goes from the last entry to the first one.
#[derive(Debug)]
struct Node {
    content: Arc<Content>,
    before: Option<Arc<Node>>,
}

#[derive(Debug)]
enum Content {
    /// An entry of the base, unchanged.
    Base(Value),
    /// An entry of this build.
    Own { created_by: String, made: Made },
    /// No entry: the entries before it, from the one with this number, became changes of settings, because their layers became one.
    Flattened(usize),
}

/// An entry of the base whose layer became a part of another one (`history` in `config.md` of the OCI image spec).
#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'h> {
    Base(&'h Value),
    FlattenedBase(Value),
    Own(Step<'h>),
}

#[derive(Serialize)]
struct Step<'h> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'h str>,
    created_by: &'h str,
    comment: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    empty_layer: bool,
}

impl History {
    /// Creates the history of a base image.
    pub(crate) fn of_base(entries: Vec<Value>) -> Self {
        let mut history = Self::default();
        entries.into_iter().for_each(|entry| history.push(Content::Base(entry).into()));
        history
    }

    /// Adds an entry.
    pub(crate) fn record(&mut self, created_by: String, made: Made) {
        self.push(Content::Own { created_by, made }.into());
    }

    /// Sets the time of the entries of this build. Entries of the base keep their times.
    pub(crate) fn date(&mut self, created: &str) {
        self.created = Some(created.into());
    }

    /// Adds the entries that `inner` has in addition to those of `before`. `inner` started as a copy of `before`.
    pub(crate) fn adopt(&mut self, before: &Self, inner: &Self) {
        let added: Vec<_> = inner.nodes().take(inner.length.saturating_sub(before.length)).collect();
        added.into_iter().rev().for_each(|content| self.push(content.clone()));
    }

    /// Marks the entries that `before` does not have as changes of settings, because their layers became one. Without `before`, all of them.
    pub(crate) fn without_layers(&mut self, before: Option<&Self>) {
        self.push(Content::Flattened(before.map_or(0, |before| before.length)).into());
    }

    fn push(&mut self, content: Arc<Content>) {
        self.last = Some(Arc::new(Node { content, before: self.last.take() }));
        self.length += 1;
    }

    /// The contents from the last to the first one.
    fn nodes(&self) -> impl Iterator<Item = &Arc<Content>> {
        std::iter::successors(self.last.as_deref(), |node| node.before.as_deref()).map(|node| &node.content)
    }

    /// The entries from the first to the last one.
    fn entries(&self) -> Vec<Entry<'_>> {
        let mut first_flattened = usize::MAX;
        let mut entries = Vec::with_capacity(self.length);
        for (content, number) in self.nodes().zip((0..self.length).rev()) {
            let flattened = number >= first_flattened;
            entries.push(match content.as_ref() {
                Content::Flattened(first) => {
                    first_flattened = first_flattened.min(*first);
                    continue;
                }
                Content::Base(entry) if flattened => {
                    let mut entry = entry.clone();
                    entry["empty_layer"] = Value::Bool(true);
                    Entry::FlattenedBase(entry)
                }
                Content::Base(entry) => Entry::Base(entry),
                Content::Own { created_by, made } => Entry::Own(Step {
                    created: self.created.as_deref(),
                    created_by,
                    comment: "varve",
                    empty_layer: flattened || *made == Made::Settings,
                }),
            });
        }
        entries.reverse();
        entries
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries())
    }
}

/// Drops the list node by node. Without this, a node drops the one before it, and a long history overflows the stack.
impl Drop for History {
    fn drop(&mut self) {
        let mut last = self.last.take();
        while let Some(mut node) = last.and_then(Arc::into_inner) {
            last = node.before.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_copy_shares_its_entries_and_gets_none_of_the_other() {
        let mut first = History::of_base(vec![json!({"created_by": "base"})]);
        first.record("a".into(), Made::Layer);
        let mut second = first.clone();
        second.record("b".into(), Made::Settings);
        let mut third = first.clone();
        third.record("c".into(), Made::Layer);
        third.adopt(&first, &second);
        third.date("now");
        let expect = json!([
            {"created_by": "base"},
            {"created": "now", "created_by": "a", "comment": "varve"},
            {"created": "now", "created_by": "c", "comment": "varve"},
            {"created": "now", "created_by": "b", "comment": "varve", "empty_layer": true},
        ]);
        assert_eq!(json!(third), expect);
        assert_eq!(json!(first).as_array().unwrap().len(), 2);
    }

    #[test]
    fn entries_before_a_flattening_have_no_layer() {
        let mut history = History::of_base(vec![json!({"created_by": "base"})]);
        history.record("a".into(), Made::Layer);
        history.without_layers(None);
        history.record("b".into(), Made::Layer);
        let empty: Vec<bool> =
            json!(history).as_array().unwrap().iter().map(|entry| entry["empty_layer"] == true).collect();
        assert_eq!(empty, [true, true, false]);
        let mut own = History::of_base(vec![json!({"created_by": "base"})]);
        own.record("base".into(), Made::Layer);
        let before = own.clone();
        own.record("a".into(), Made::Layer);
        own.record("b".into(), Made::Settings);
        own.without_layers(Some(&before));
        own.record("flatten".into(), Made::Layer);
        own.record("c".into(), Made::Layer);
        let layers = json!(own);
        let layers = layers.as_array().unwrap().iter().filter(|entry| entry["empty_layer"] != true);
        let names: Vec<&str> = layers.map(|entry| entry["created_by"].as_str().unwrap()).collect();
        assert_eq!(names, ["base", "base", "flatten", "c"]);
    }

    #[test]
    fn a_long_history_is_dropped_without_recursion() {
        let mut history = History::default();
        (0..1_000_000).for_each(|_| history.record(String::new(), Made::Layer));
        drop(history);
    }
}
