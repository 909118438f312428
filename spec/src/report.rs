//! Reports about a family for people and tools: why a plan is as it is, what a target can be given, what comes from elsewhere.

pub(crate) mod explain;
pub(crate) mod externals;
pub(crate) mod outline;
