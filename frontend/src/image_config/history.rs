//! The history of an image: an entry for each layer, and for each change of settings that made none.

use serde::Serialize;
use serde_json::Value;

/// What made an image, first to last (`history` of the OCI image spec, config.md).
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct History(Vec<Entry>);

/// What a step of the history made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A layer.
    Layer,
    /// A change of settings, and no layer.
    Settings,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Entry {
    /// One of the base, as it is.
    Base(Value),
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
    /// That of a base image.
    pub(crate) fn of_base(entries: Vec<Value>) -> Self {
        Self(entries.into_iter().map(Entry::Base).collect())
    }

    /// Adds what was done.
    pub(crate) fn record(&mut self, created_by: String, made: Made) {
        self.0.push(Entry::Own(Step {
            created: None,
            created_by,
            comment: "varve",
            empty_layer: made == Made::Settings,
        }));
    }

    /// Dates what was added to the base; the base keeps its times.
    pub(crate) fn date(&mut self, created: &str) {
        for entry in &mut self.0 {
            if let Entry::Own(made) = entry {
                made.created = Some(created.into());
            }
        }
    }

    /// Takes over what `inner`, which started as `before`, has more.
    pub(crate) fn adopt(&mut self, before: &Self, inner: &Self) {
        self.0.extend(inner.0.iter().skip(before.0.len()).cloned());
    }

    /// Makes all entries changes of settings: their layers became one.
    pub(crate) fn without_layers(&mut self) {
        for entry in &mut self.0 {
            match entry {
                Entry::Base(entry) => entry["empty_layer"] = Value::Bool(true),
                Entry::Own(made) => made.empty_layer = true,
            }
        }
    }
}
