//! The language as data: tables of keys and shapes. The reader uses them, and the reference and the schema for editors are
//! generated from them.
//!
//! This layer knows which keys and values are allowed at which place. It does not read files.

pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod mode;
#[cfg(test)]
pub(crate) mod reads;
pub(crate) mod reference;
pub(crate) mod scalars;
pub(crate) mod shapes;
pub(crate) mod signal;
pub(crate) mod written;
