//! Images: the forms in which a path can contain them, their manifests and configurations, and their content.

pub(crate) mod argument;
pub(crate) mod store;
pub(crate) mod input;
pub(crate) mod catalog;
pub(crate) mod select;
pub(crate) mod cache;
pub(crate) mod read;
