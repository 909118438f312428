//! Facts about a build: what has to be known before a plan is lowered, as pure types, and the keys by which a plan names each
//! fact.
//!
//! This room does not know who finds out a fact. The rooms `inputs` and `build` ask the daemon or stand in for it.

pub(crate) mod dockerfiles;
pub(crate) mod images;
