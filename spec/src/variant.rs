//! One variant of a family: values are chosen, names have values, templates are expanded.
//!
//! This layer knows nothing of what a stage or a step is.

pub(crate) mod concrete;
pub(crate) mod expand;
pub(crate) mod scope;
pub(crate) mod select;
pub(crate) mod trace;
