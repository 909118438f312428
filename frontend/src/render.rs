//! What a build does, told instead of done: for programs as JSON, and the same for people. Nothing here asks anybody for anything:
//! all of it is read from a graph that keeps its operations, and from the record of how the plan came to be.

pub(crate) mod bake;
mod diff;
pub(crate) mod dockerfile;
mod explain;
mod graph;
mod operation;
mod plan;
mod text;

use std::collections::BTreeMap;

use buildkit_gateway::Platform;
use buildkit_llb::{Graph, Output, SourceInfo};
use serde_json::{Map, Value, json};
use varve_spec::{Explanation, Plan, Sources, Span};

use crate::facts::images::{BaseImage, ImageKey};
use crate::lower::Lowered;
use crate::request::epoch::Epoch;

pub(crate) use diff::{diff_text, difference};
pub(crate) use explain::{explain_text, explanations};
pub(crate) use graph::{graph_text, graphs};
pub(crate) use plan::plans;
pub(crate) use text::text;

/// A build for one platform, which was lowered into a graph that keeps its operations, and not carried out.
pub(crate) struct Built<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) plan: &'a Plan,
    pub(crate) why: &'a Explanation,
    /// Tags that the target states.
    pub(crate) tags: &'a [String],
    pub(crate) lowered: &'a Lowered,
    pub(crate) graph: &'a Graph,
    /// The files that operations point at.
    pub(crate) infos: &'a [SourceInfo],
    pub(crate) context: Option<Output>,
    pub(crate) target: &'a Platform,
    pub(crate) build: &'a Platform,
    pub(crate) knows: InfoSource,
    /// Every image that the plan names.
    pub(crate) images: &'a BTreeMap<ImageKey, BaseImage>,
    /// The time of the build.
    pub(crate) epoch: Option<Epoch>,
}

/// What a plan is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InfoSource {
    /// All that the daemon knows: the build would be this.
    Daemon {
        /// Whether it lays file systems over each other.
        merges: bool,
        /// Whether checks are made.
        checks: bool,
    },
    /// The file alone.
    File,
}

impl Built<'_> {
    fn place(&self, span: Span) -> Value {
        place(span, self.sources)
    }
}

/// `{"file": "image.yaml", "line": 3}`.
fn place(span: Span, sources: &Sources) -> Value {
    json!({"file": sources.get(span.source).name(), "line": sources.range(span).0.line})
}

/// Adds what is not empty.
fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    let value = value.into();
    let empty = match &value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    if !empty {
        map.insert(key.to_owned(), value);
    }
}

/// An object of what is not empty.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    fields.into_iter().for_each(|(key, value)| put(&mut map, key, value));
    Value::Object(map)
}
