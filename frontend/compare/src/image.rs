//! Images: the forms in which a path can hold them, their manifests and configurations, and reading one of them.

pub(crate) mod argument;
pub(crate) mod store;
pub(crate) mod input;
pub(crate) mod catalog;
pub(crate) mod select;
pub(crate) mod cache;
pub(crate) mod read;
