//! Types without dependencies that all later phases use: source files, their text and places, diagnostics, values, versions, platforms.
//!
//! This layer does not know YAML, the language, or any later phase.

pub(crate) mod build_args;
pub(crate) mod characters;
pub(crate) mod code;
pub(crate) mod diagnostic;
pub(crate) mod image_name;
pub(crate) mod manager;
pub(crate) mod platform;
pub(crate) mod sorted;
pub(crate) mod source;
pub(crate) mod suggest;
pub(crate) mod timestamp;
pub(crate) mod utf8;
pub(crate) mod value;
pub(crate) mod variables;
pub(crate) mod version;
