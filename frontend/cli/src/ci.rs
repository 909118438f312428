//! The jobs in which CI builds a family: which variants each job builds, what it needs, and what follows the builds.

mod github;
mod groups;
mod needs;
mod operations;
mod pins;
mod pipeline;
mod runners;

pub(crate) use github::{Source, workflow};
pub(crate) use needs::valid_secret;
pub(crate) use operations::Operations;
pub(crate) use pins::Pins;
pub(crate) use pipeline::{Pipeline, Wishes, moving_tags};
pub(crate) use runners::Runner;
