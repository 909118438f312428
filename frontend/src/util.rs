//! Small things that every room needs: paths, git addresses, conversions of platforms, findings as BuildKit's errors.

pub(crate) mod git_url;
pub(crate) mod paths;
pub(crate) mod platform;
pub(crate) mod report;
