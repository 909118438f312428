//! The names that every expression can use without a declaration in the build file.

pub(crate) mod base;
pub(crate) mod git;

use super::Known;

/// Names that axes, args and vars cannot have.
pub(crate) const RESERVED: &[&str] =
    &["platform", "build_platform", "target", "stage", git::NAME, base::NAME];
/// The properties of `platform` and `build_platform`. Both are usable as a string too.
pub(crate) const PLATFORM: Known = Known::Fields(true, &["os", "arch", "variant", "id"]);
