//! One platform in the words of each crate.

use buildkit_gateway::Platform;

/// As the language sees it.
pub fn spec_platform(platform: &Platform) -> varve_spec::Platform {
    varve_spec::Platform {
        os: platform.os().to_owned(),
        arch: platform.architecture().to_owned(),
        variant: platform.variant().to_owned(),
    }
}

/// As operations carry it.
pub fn llb_platform(platform: &Platform) -> buildkit_llb::Platform {
    buildkit_llb::Platform {
        os: platform.os().to_owned(),
        architecture: platform.architecture().to_owned(),
        variant: platform.variant().to_owned(),
        os_version: platform.os_version().to_owned(),
        os_features: platform.os_features().to_vec(),
    }
}
