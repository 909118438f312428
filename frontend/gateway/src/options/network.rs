//! The network of every step.

use super::InvalidOption;

/// The network mode of every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A network for the step alone, with access to the outside.
    #[default]
    Sandbox,
    /// The network of the daemon. The user must allow it.
    Host,
    /// No network.
    None,
}

impl Network {
    /// Parses `sandbox`, `host` or `none`. The empty text means `sandbox`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        check("", Ok(Network::Sandbox));
        check("sandbox", Ok(Network::Sandbox));
        check("host", Ok(Network::Host));
        check("none", Ok(Network::None));
        check("bridge", Err("invalid netmode bridge: expected \"sandbox\", \"host\" or \"none\""));
        check("Host", Err("invalid netmode Host: expected \"sandbox\", \"host\" or \"none\""));

        fn check(value: &str, expect: Result<Network, &str>) {
            assert_eq!(
                Network::parse(value).map_err(|error| error.to_string()),
                expect.map_err(str::to_owned)
            );
        }
    }
}
