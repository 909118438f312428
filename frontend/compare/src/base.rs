//! What every part uses: errors, limits, paths as text.

pub(crate) mod error;
pub(crate) mod limits;
pub(crate) mod names;
