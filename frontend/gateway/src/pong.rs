//! The answer to a ping.

use crate::{Capabilities, Worker};

/// What the daemon says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pong {
    /// What it can do.
    pub capabilities: Capabilities,
    /// Its workers. The first one's first platform is the build platform.
    pub workers: Vec<Worker>,
}
