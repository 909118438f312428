//! One variant of a family: selects the values of axes and args, computes the values of names, and expands templates.
//!
//! This layer does not know what stages and steps do.

pub(crate) mod budget;
pub(crate) mod concrete;
pub(crate) mod expand;
mod nearest;
pub(crate) mod scope;
pub(crate) mod select;
pub(crate) mod trace;
