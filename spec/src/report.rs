//! Reports about a family for people and tools: explanations of plans, outlines of targets, and the references that a lock pins, with the
//! variants that use them.

pub(crate) mod context_paths;
pub(crate) mod explain;
pub(crate) mod externals;
pub(crate) mod outline;
pub(crate) mod users;
