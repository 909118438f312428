//! File systems: what stands at each path, from the layers of an archive or from a folder. Nothing here knows what a manifest is.

pub(crate) mod node;
pub(crate) mod layer;
pub(crate) mod folder;
pub(crate) mod tree;
