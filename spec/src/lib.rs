//! The language of `image.yaml`: the bytes of a file to the plan of one variant.
//!
//! This crate knows nothing of BuildKit, of async, files, the environment or the clock: the same input gives the same plan.
//! The way of the data, one type per phase:
//!
//! ```text
//! bytes -parse-> yaml::Node -read-> Family -select-> Variant -plan-> Plan
//! ```
//!
//! ```
//! use std::collections::BTreeMap;
//! use varve_spec::{Family, Platform, Selection, Sources};
//!
//! let text = r#"
//! axes:
//!   device:
//!     cpu:  {index: cpu}
//!     cuda: {index: cu129}
//! stages:
//!   app:
//!     from: "debian:12"
//!     steps:
//!       - run: pip install --index-url https://example.com/${{ device.index }} torch
//! "#;
//! let sources = Sources::single("image.yaml", text);
//! let family = Family::read(&sources).family.expect("no mistakes");
//! let args = BTreeMap::from([("device".to_owned(), "cuda".to_owned())]);
//! let selection = Selection { args, ..Selection::new(Platform::new("linux", "amd64")) };
//! let plan = family.select(&selection).and_then(|variant| variant.plan()).expect("a supported variant");
//! assert_eq!(plan.stages[0].steps.len(), 1);
//! ```

pub mod check;
mod code;
mod data;
mod diagnostic;
mod expand;
mod explain;
mod expr;
mod family;
mod file_value;
mod glob;
mod include;
mod language;
mod lock;
mod matrix;
mod moment;
mod outline;
mod pinned;
pub mod plan;
mod platform;
mod read;
mod reference;
mod scalar;
mod schema;
mod scope;
mod select;
mod shape;
mod source;
mod suggest;
pub mod system;
mod target_list;
mod template;
mod trace;
mod value;
mod vcs;
mod version;
pub mod yaml;

pub use check::{Checked, Directive, FoundBy, MAX_PLANS, Rule, check, silence};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use explain::{AbsentStage, Explanation, StageExplanation, StepExplanation};
pub use expr::shell_quoted;
pub use family::{Arg, ArgType, Axis, AxisValue, Family, Reading};
pub use glob::glob_matches;
pub use include::{Include, include_not_found, missing_includes};
pub use lock::{External, Externals, Lock, Pinning};
pub use matrix::{MAX_COMBINATIONS, Matrix, Member, Question};
pub use moment::Moment;
pub use outline::{CacheUse, Need, Outline, Parameter};
pub use pinned::{Bases, Pinned};
pub use plan::Plan;
pub use platform::Platform;
pub use reference::key_reference;
pub use schema::json_schema;
pub use select::{Selection, Variant};
pub use source::{Position, Source, SourceId, Sources, Span};
pub use suggest::nearest;
pub use system::{Manager, System};
pub use target_list::ListedTarget;
pub use trace::{Frame, Guard, LeftOut, Outcome, Read, Reads};
pub use value::{Record, Value};
pub use vcs::Vcs;
pub use version::compare_versions;
