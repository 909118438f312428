//! The language of `image.yaml`, from the bytes of a file to the plan of one variant.
//!
//! This crate does not know BuildKit and async code, and does not access files, the environment or the clock. The same input gives
//! the same plan. Each phase has one type:
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

mod base;
pub mod yaml;
mod schema;
mod expr;
mod family;
mod variant;
pub mod plan;
pub mod packages;
mod lock;
mod matrix;
mod report;
pub mod lint;

pub use buildkit_names::{InvalidReference, Platform, Reference};

pub use base::build_args::{SOURCE_DATE_EPOCH, is_proxy_arg, is_reserved_arg};
pub use base::diagnostic::{Code, Diagnostic, Severity};
pub use base::image_name::ImageName;
pub use base::manager::Manager;

pub use base::sorted::{map_of, set_of};
pub use base::source::{Position, Source, SourceId, Sources, Span};
pub use base::suggest::nearest;
pub use base::timestamp::Timestamp;
pub use base::utf8::{NotUtf8, utf8};
pub use base::value::{Record, Value};
pub use base::version::{Version, VersionError};

pub use schema::json::json_schema;
#[cfg(any(test, feature = "testing"))]
pub use schema::keys::examples::samples::{Lines, Sample, samples};
pub use schema::reference::key_reference;

pub use expr::builtins::base::{Bases, Pinned, StageBase};
pub use expr::builtins::digest::Digests;
pub use expr::builtins::facts::FoundFacts;
pub use expr::builtins::git::Vcs;
pub use expr::shell_quoted;

pub use family::context_path::{ContextPath, PathReader};
pub use family::include::{
    Include, IncludeSearch, include_is_folder, include_not_found, missing_includes, wrong_includes,
};
pub use family::{Alias, Arg, ArgDefault, ArgType, Axis, AxisValue, ComputedDefault, Family, Reading};

pub use variant::budget::Budget;
pub use variant::defaults::MovedAxis;
pub use variant::delivery::{Cache, Delivery, Output};
pub use variant::select::{Selection, Variant};
pub use variant::test_on::TestOn;
pub use variant::trace::{BranchDecision, Dependencies, Dependency, Frame, Omitted, Outcome};

pub use packages::distribution::Distribution;
pub use plan::Plan;

pub use lock::{External, Externals, Lock, Pinning};
pub use matrix::target_list::ListedTarget;
pub use matrix::{MAX_COMBINATIONS, MAX_PLANS, Matrix, MatrixQuery, Member, OnUnknownVcs};

pub use report::explain::{AbsentStage, Explanation, StageExplanation, StepExplanation};
pub use report::outline::{CacheUse, Outline, Parameter};
pub use report::users::{User, Users};

pub use lint::{Checked, Directive, FoundBy, Rule, check, check_keys, silence};
