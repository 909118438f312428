//! Facts: pure types of what must be known before a plan is lowered, and the keys by which a plan names each fact.
//!
//! This module does not know who finds out a fact. The modules `inputs` and `build` ask the daemon or use a placeholder.

pub(crate) mod attempts;
pub(crate) mod dockerfiles;
pub(crate) mod images;
