//! The client's request: settings of every step, and the time of the build, read from the options.

pub(crate) mod epoch;
pub(crate) mod settings;
