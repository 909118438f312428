//! The names that every expression can use without a declaration in the build file.

pub(crate) mod axes;
pub(crate) mod base;
pub(crate) mod digest;
pub(crate) mod facts;
pub(crate) mod git;

use super::{Known, ValueType};

/// Names that axes, args and vars cannot have.
pub(crate) const RESERVED: &[&str] =
    &["platform", "build_platform", "target", "stage", axes::NAME, facts::NAME, git::NAME, base::NAME];
/// The properties of `platform` and `build_platform`. Both are usable as a string too.
pub(crate) const PLATFORM: Known = Known::Fields(
    true,
    &[
        ("os", ValueType::Text),
        ("arch", ValueType::Text),
        ("variant", ValueType::Text),
        ("id", ValueType::Text),
    ],
);
