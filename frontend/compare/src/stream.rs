//! Streams of bytes: digests, compression and archives. This module does not know what an image is.

pub(crate) mod archive;
pub(crate) mod compression;
pub(crate) mod digest;
