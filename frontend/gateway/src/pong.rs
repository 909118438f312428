//! The answer to a ping.

use crate::{Capabilities, Worker};

/// The answer of the daemon to a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pong {
    /// The capabilities of the daemon.
    pub capabilities: Capabilities,
    /// The workers of the daemon. The first platform of the first worker is the build platform.
    pub workers: Vec<Worker>,
}
