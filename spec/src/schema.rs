//! The language as data: the tables of keys and shapes that the reader, the reference and the editors' schema are made from.
//!
//! This layer knows what may be written where. It knows nothing of what a file says.

pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod mode;
#[cfg(test)]
pub(crate) mod reads;
pub(crate) mod reference;
pub(crate) mod scalars;
pub(crate) mod shapes;
