//! Platforms as messages have them.

use buildkit_names::Platform;
use buildkit_proto::pb;

/// Reads the platform of a message, and normalises it.
pub(crate) fn of_message(message: &pb::Platform) -> Platform {
    let platform = Platform::of_parts(&message.os, &message.architecture, &message.variant);
    platform.with_os_version(&message.os_version, &message.os_features)
}

/// The message of a platform.
pub(crate) fn message(platform: &Platform) -> pb::Platform {
    pb::Platform {
        os: platform.os().to_owned(),
        architecture: platform.architecture().to_owned(),
        variant: platform.variant().to_owned(),
        os_version: platform.os_version().to_owned(),
        os_features: platform.os_features().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_the_wire_and_back_nothing_changes() {
        for name in ["linux/amd64", "linux/arm/v6", "windows(10.0.17763+win32k)/amd64"] {
            let platform: Platform = name.parse().unwrap();
            assert_eq!(of_message(&message(&platform)), platform);
        }
    }
}
