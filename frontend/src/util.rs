//! Small helpers that every module may use: paths, git addresses, UTF-8, conversions of platforms, and diagnostics as BuildKit's
//! errors and warnings.

pub(crate) mod paths;
pub(crate) mod report;
pub(crate) mod text;
