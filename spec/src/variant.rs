//! One variant of a family: selects the values of axes and args, computes the values of names, and expands templates.
//!
//! This layer does not know what stages and steps do.

pub(crate) mod budget;
pub(crate) mod concrete;
mod conditions;
pub(crate) mod defaults;
pub(crate) mod delivery;
pub(crate) mod expand;
pub(crate) mod names;
pub(crate) mod locals;
mod nearest;
pub(crate) mod scope;
pub(crate) mod search;
pub(crate) mod select;
pub(crate) mod test_on;
pub(crate) mod trace;
