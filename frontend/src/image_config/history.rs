//! The history of an image: one entry for each layer, and one for each change of settings, which adds no layer.

use serde::Serialize;
use serde_json::Value;

/// The entries of the history, first to last (`history` in `config.md` of the OCI image spec).
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct History(Vec<Entry>);

/// What an entry of the history describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A layer.
    Layer,
    /// A change of settings without a layer.
    Settings,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Entry {
    /// An entry of the base, unchanged.
    Base(Value),
    /// An entry of this build.
    Own(Step),
}

#[derive(Debug, Clone, Serialize)]
struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Box<str>>,
    created_by: String,
    comment: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    empty_layer: bool,
}

impl History {
    /// Creates the history of a base image.
    pub(crate) fn of_base(entries: Vec<Value>) -> Self {
        Self(entries.into_iter().map(Entry::Base).collect())
    }

    /// Adds an entry.
    pub(crate) fn record(&mut self, created_by: String, made: Made) {
        self.0.push(Entry::Own(Step {
            created: None,
            created_by,
            comment: "varve",
            empty_layer: made == Made::Settings,
        }));
    }

    /// Sets the time of the entries of this build. Entries of the base keep their times.
    pub(crate) fn date(&mut self, created: &str) {
        for entry in &mut self.0 {
            if let Entry::Own(made) = entry {
                made.created = Some(created.into());
            }
        }
    }

    /// Adds the entries that `inner` has in addition to those of `before`. `inner` started as a copy of `before`.
    pub(crate) fn adopt(&mut self, before: &Self, inner: &Self) {
        self.0.extend(inner.0.iter().skip(before.0.len()).cloned());
    }

    /// Marks all entries as changes of settings, because their layers became one.
    pub(crate) fn without_layers(&mut self) {
        for entry in &mut self.0 {
            match entry {
                Entry::Base(entry) => entry["empty_layer"] = Value::Bool(true),
                Entry::Own(made) => made.empty_layer = true,
            }
        }
    }
}
