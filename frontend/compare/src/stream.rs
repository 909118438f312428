//! Bytes: digests, compression, archives. Nothing here knows what an image is.

pub(crate) mod archive;
pub(crate) mod compression;
pub(crate) mod digest;
