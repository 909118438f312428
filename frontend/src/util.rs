//! Small helpers that every room may use: paths, UTF-8, and findings of the language as BuildKit's errors and warnings.

pub(crate) mod paths;
pub(crate) mod report;
pub(crate) mod text;
