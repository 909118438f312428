//! Small helpers that every module may use: paths, UTF-8, and diagnostics as BuildKit's errors and warnings.

pub(crate) mod paths;
pub(crate) mod report;
pub(crate) mod text;
