//! Conversions between the platform types of the crates.

use buildkit_gateway::Platform;

/// The platform as the language has it.
pub fn spec_platform(platform: &Platform) -> varve_spec::Platform {
    varve_spec::Platform {
        os: platform.os().to_owned(),
        arch: platform.architecture().to_owned(),
        variant: platform.variant().to_owned(),
    }
}

/// The platform as operations have it.
pub fn llb_platform(platform: &Platform) -> buildkit_llb::Platform {
    buildkit_llb::Platform {
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
    fn the_language_and_the_command_line_parse_platforms_alike() {
        let variants = ["", "v1", "v5", "v6", "v7", "v8", "v8.0", "v9.0", "5", "6", "7", "8", "9", "9.0"];
        for os in ["linux", "Windows", "macos"] {
            for arch in [
                "amd64", "x86_64", "X86-64", "386", "i386", "arm64", "aarch64", "arm", "armhf", "armel",
                "riscv64",
            ] {
                for variant in variants {
                    let text = [os, arch, variant].join("/");
                    let text = text.trim_end_matches('/');
                    let platform: Platform = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
                    assert_eq!(varve_spec::Platform::parse(text), Some(spec_platform(&platform)), "{text}");
                }
            }
        }
    }
}
