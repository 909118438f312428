//! What a build does, told instead of done: for programs as JSON, and the same for people. Nothing here asks anybody for anything:
//! all of it is read from a graph that keeps its operations, and from the record of how the plan came to be.

pub mod bake;
mod diff;
pub mod dockerfile;
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

pub use diff::{diff_text, difference};
pub use explain::{explain_text, explanations};
pub use graph::{graph_text, graphs};
pub use plan::plans;
pub use text::text;

/// A build for one platform, which was lowered into a graph that keeps its operations, and not carried out.
pub struct Built<'a> {
    /// The files of the family.
    pub sources: &'a Sources,
    /// The plan.
    pub plan: &'a Plan,
    /// Why the plan is as it is.
    pub why: &'a Explanation,
    /// Tags that the target states.
    pub tags: &'a [String],
    /// What the plan was lowered to.
    pub lowered: &'a Lowered,
    /// The graph.
    pub graph: &'a Graph,
    /// The files that operations point at.
    pub infos: &'a [SourceInfo],
    /// The context, where the plan reads it.
    pub context: Option<Output>,
    /// The platform of the image.
    pub target: &'a Platform,
    /// The platform of the machine that builds.
    pub build: &'a Platform,
    /// Where the facts come from.
    pub knows: InfoSource,
    /// Every image that the plan names.
    pub images: &'a BTreeMap<ImageKey, BaseImage>,
    /// The time of the build.
    pub epoch: Option<Epoch>,
}

/// What a plan is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfoSource {
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
