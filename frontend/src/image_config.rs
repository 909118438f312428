//! The configuration of an image, and its history.

pub(crate) mod config;
pub(crate) mod history;
