//! Streams of bytes: digests. This module does not know what an image is.

pub(crate) mod digest;
