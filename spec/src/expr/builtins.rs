//! The names that expressions have without a definition in the file.

pub(crate) mod base;
pub(crate) mod git;

use super::Known;

/// Names that axes, args and vars cannot take.
pub(crate) const RESERVED: &[&str] =
    &["platform", "build_platform", "target", "stage", git::NAME, base::NAME];
/// The properties of `platform` and `build_platform`.
pub(crate) const PLATFORM: Known = Known::Fields(true, &["os", "arch", "variant", "id"]);
