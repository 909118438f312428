//! The network of every step.

use super::InvalidOption;

/// A network mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A network of the step's own, with a way out.
    #[default]
    Sandbox,
    /// The daemon's network; the user has to allow it.
    Host,
    /// No network.
    None,
}

impl Network {
    /// Reads `sandbox`, `host` or `none`; nothing means the sandbox.
    pub(super) fn parse(value: &str) -> Result<Self, InvalidOption> {
        match value {
            "" | "sandbox" => Ok(Self::Sandbox),
            "host" => Ok(Self::Host),
            "none" => Ok(Self::None),
            other => Err(InvalidOption(format!(
                "invalid netmode {other}: expected \"sandbox\", \"host\" or \"none\""
            ))),
        }
    }
}
