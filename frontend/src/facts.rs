//! Facts that a build knows before it lowers a plan: pure types, and the keys by which a plan names them. Nothing here asks anyone.

pub(crate) mod dockerfiles;
pub(crate) mod images;
