//! The request of the client: its options as settings of every step, and the time of the build.

pub(crate) mod epoch;
pub(crate) mod settings;
