//! The language as data: the tables of keys and shapes that the reader, the reference and the editors' schema are made from.
//!
//! This layer knows what may be written where. It knows nothing of what a file says.

pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod mode;
pub(crate) mod reference;
pub(crate) mod scalars;
pub(crate) mod shapes;
