//! What the client requests: the options of a build as the settings of every step.

pub(crate) mod epoch;
pub(crate) mod settings;
