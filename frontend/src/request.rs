//! The request of the client: its options as settings of every step, the time of the build, and the stages that they name.

pub(crate) mod epoch;
pub(crate) mod settings;
pub(crate) mod stage_names;
