//! What every other part of the crate uses: errors, limits and paths as text.

pub(crate) mod error;
pub(crate) mod limits;
pub(crate) mod names;
