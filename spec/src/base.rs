//! The ground: sources and places, findings, values, and the small facts that every later phase needs.
//!
//! This layer knows nothing of YAML, of the language, or of any later phase.

pub(crate) mod code;
pub(crate) mod diagnostic;
pub(crate) mod image_name;
pub(crate) mod manager;
pub(crate) mod platform;
pub(crate) mod source;
pub(crate) mod suggest;
pub(crate) mod timestamp;
pub(crate) mod value;
pub(crate) mod version;
