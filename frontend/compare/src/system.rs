//! File systems: what is at each path, read from the layers of an image or from a folder. This module does not know what a manifest
//! is.

pub(crate) mod node;
pub(crate) mod layer;
pub(crate) mod folder;
pub(crate) mod tree;
