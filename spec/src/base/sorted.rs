//! Sorted maps and sets of items, made by functions that take little code.

pub use buildkit_names::{map_of, set_of};
