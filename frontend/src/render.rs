//! Shows what a build does, without running it: as JSON for programs and as text for people.
//!
//! Everything comes from a lowered build whose graph retains its operations, and from the explanation of its plan. This module does
//! not ask the daemon for anything.

pub mod bake;
pub(crate) mod carried;
mod diff;
pub mod dockerfile;
mod explain;
mod graph;
mod operation;
mod plan;
mod plan_text;
mod text;

use std::collections::BTreeMap;

use buildkit_gateway::Platform;
use buildkit_llb::{Graph, Output, SourceInfo};
use buildkit_names::redacted;
use serde_json::{Map, Value, json};
use varve_spec::{Delivery, Explanation, Plan, Sources, Span};

use crate::facts::images::{BaseImage, ImageKey};
use crate::lower::Lowered;
use crate::request::epoch::Epoch;

pub use diff::{diff_text, difference};
pub use explain::{explain_text, explanations};
pub use graph::{graph_text, graphs};
pub use plan::plans;
pub use plan_text::plan_text;

/// One platform of a build that was lowered and not solved. The graph retains its operations.
pub struct Built<'a> {
    /// The files of the family.
    pub sources: &'a Sources,
    /// The plan.
    pub plan: &'a Plan,
    /// How the plan was computed.
    pub explanation: &'a Explanation,
    /// The tags that the target states.
    pub tags: &'a [String],
    /// Where the target puts its result, and which caches it names.
    pub delivery: &'a Delivery,
    /// The plan after lowering.
    pub lowered: &'a Lowered,
    /// The operations of all platforms.
    pub graph: &'a Graph,
    /// The files that source locations refer to.
    pub infos: &'a [SourceInfo],
    /// The build context, if the plan reads it.
    pub context: Option<Output>,
    /// The image with `varve-rootfs`, if a step runs it.
    pub program: Option<Output>,
    /// The platform of the image.
    pub target: &'a Platform,
    /// The platform of the machine that builds.
    pub build: &'a Platform,
    /// Where the facts of the build come from.
    pub info_source: InfoSource,
    /// All images that the plan names.
    pub images: &'a BTreeMap<ImageKey, BaseImage>,
    /// The time of the build.
    pub epoch: Option<Epoch>,
}

/// Where the facts of a build come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfoSource {
    /// From the daemon. A build would do exactly what is shown.
    Daemon {
        /// Whether the daemon can merge file systems.
        merges: bool,
        /// Whether rootfs tests are run.
        runs_rootfs_tests: bool,
    },
    /// From the files alone, without a daemon.
    File,
}

impl Built<'_> {
    fn place(&self, span: Span) -> Value {
        place(span, self.sources)
    }
}

/// Replaces the passwords of URLs in all texts. Every view for people and logs ends with this. The forms that are executed, such as a
/// Dockerfile, a bake file or a definition, must not.
pub(crate) fn redact(value: Value) -> Value {
    let text = |text: String| redacted(&text).into_owned();
    match value {
        Value::String(value) => Value::String(text(value)),
        Value::Array(items) => items.into_iter().map(redact).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (text(key), redact(value))).collect(),
        other => other,
    }
}

/// Formats a place in a file: `{"file": "image.yaml", "line": 3}`.
fn place(span: Span, sources: &Sources) -> Value {
    json!({"file": sources.get(span.source).name(), "line": sources.range(span).0.line})
}

/// Adds a key, unless its value is empty.
pub(crate) fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
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

/// Creates an object from fields, without those that are empty.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    fields.into_iter().for_each(|(key, value)| put(&mut map, key, value));
    Value::Object(map)
}
