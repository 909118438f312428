//! Platform specifiers: `linux/arm64`, `linux`, `arm64`, `windows(10.0.17763+win32k)/amd64`.

use std::str::FromStr;

use super::{Platform, normalise_architecture, normalise_os};
use crate::percent;

/// The error for a text that is not a platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{specifier:?} is not a platform: {reason}")]
pub struct InvalidPlatform {
    specifier: String,
    reason: String,
}

impl Platform {
    /// Parses a platform that names both the operating system and the architecture. So the text means the same platform on every machine,
    /// which is not true for `FromStr`.
    ///
    /// ```
    /// # use buildkit_names::Platform;
    /// assert_eq!(Platform::parse_whole("linux/arm").map(|platform| platform.to_string()), Ok("linux/arm/v7".to_owned()));
    /// assert!(Platform::parse_whole("arm").is_err() && "arm".parse::<Platform>().is_ok());
    /// ```
    ///
    /// # Errors
    /// Returns an error if the text is not a platform, or if the architecture is missing.
    pub fn parse_whole(specifier: &str) -> Result<Self, InvalidPlatform> {
        if !specifier.contains('/') {
            let reason = "expected an operating system and an architecture, os/arch".to_owned();
            return Err(InvalidPlatform { specifier: specifier.to_owned(), reason });
        }
        specifier.parse()
    }
}

/// Parses `os[(version[+feature]...)][/arch[/variant]]`, or an architecture alone.
///
/// A missing part gets a default: `amd64` is `linux/amd64`, and `linux` gets the architecture that this program is compiled for
/// (`Parse` in `github.com/containerd/platforms`).
impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(specifier: &str) -> Result<Self, InvalidPlatform> {
        let invalid = |reason: String| InvalidPlatform { specifier: specifier.to_owned(), reason };
        if specifier.contains('*') {
            return Err(invalid("wildcards are not supported".to_owned()));
        }
        let parts: Vec<&str> = specifier.split('/').collect();
        let system = System::parse(parts[0]).map_err(&invalid)?;
        if let Some(part) = parts[1..].iter().find(|part| !is_word(part)) {
            return Err(invalid(format!("{part:?} is not made of letters, digits, '_', '.' and '-'")));
        }
        let build = |architecture: &str, variant: &str| {
            Self::of_parts(&system.os, architecture, variant)
                .with_os_version(&system.version, &system.features)
        };
        match parts[1..] {
            [] if KNOWN_SYSTEMS.contains(&system.os.as_str()) => Ok(build(host_architecture(), "")),
            [] => {
                let (architecture, variant) = normalise_architecture(parts[0], "");
                if KNOWN_ARCHITECTURES.contains(&architecture.as_str()) {
                    Ok(Self::of_parts("linux", &architecture, &variant))
                } else {
                    Err(invalid("unknown operating system or architecture".to_owned()))
                }
            }
            [architecture] => Ok(build(architecture, "")),
            [architecture, variant] => Ok(build(architecture, variant)),
            _ => Err(invalid("expected at most os/arch/variant".to_owned())),
        }
    }
}

/// The part before the first slash: the operating system and, in parentheses, its version and features.
struct System {
    os: String,
    version: String,
    features: Vec<String>,
}

impl System {
    fn parse(text: &str) -> Result<Self, String> {
        let (os, options) = match text.split_once('(') {
            None => (text, ""),
            Some((os, rest)) => {
                (os, rest.strip_suffix(')').ok_or_else(|| format!("{text:?} lacks a closing parenthesis"))?)
            }
        };
        if os.is_empty() || !os.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            return Err(format!("{os:?} is not an operating system or architecture"));
        }
        let mut options = options.split('+');
        let version = unescape(options.next().unwrap_or_default())?;
        let features = options
            .map(|feature| match feature {
                "" => Err("a feature of the operating system is empty".to_owned()),
                feature => unescape(feature),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { os: normalise_os(os), version, features })
    }
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn unescape(option: &str) -> Result<String, String> {
    let invalid = || format!("{option:?} is not made of letters, digits, '_', '.', '-' and %XX");
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-%".contains(&byte);
    option.bytes().all(is_valid).then(|| percent::decoded(option)).flatten().ok_or_else(invalid)
}

/// The Go name of the architecture that this program is compiled for.
fn host_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86" => "386",
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}

const KNOWN_SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const KNOWN_ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers() {
        check("linux/amd64", "linux/amd64");
        check("Linux/x86_64", "linux/amd64");
        check("linux/arm64/v8", "linux/arm64");
        check("linux/arm", "linux/arm/v7");
        check("linux/arm/6", "linux/arm/v6");
        check("amd64", "linux/amd64");
        check("aarch64", "linux/arm64");
        check("arm", "linux/arm/v7");
        check("armel", "linux/arm/v6");
        check("linux", &format!("linux/{}", host_architecture()));
        check("macos", &format!("darwin/{}", host_architecture()));
        check("some-os/some.arch/v_1", "some-os/some.arch/v_1");
        check("windows(10.0.17763)", &format!("windows(10.0.17763)/{}", host_architecture()));
        check("windows(10.0.17763+win32k+a)/amd64", "windows(10.0.17763+a+win32k)/amd64");
        check("windows(+win32k)/amd64", "windows(+win32k)/amd64");
        check("windows()/amd64", "windows/amd64");
        check("windows(1%2B2)/amd64", "windows(1%2B2)/amd64");

        fn check(specifier: &str, expect: &str) {
            assert_eq!(specifier.parse::<Platform>().unwrap().to_string(), expect);
        }
    }

    #[test]
    fn a_whole_platform_leaves_nothing_to_the_machine() {
        for specifier in ["linux", "arm64", "windows(10.0)", ""] {
            assert!(Platform::parse_whole(specifier).is_err(), "{specifier}");
        }
        assert_eq!(Platform::parse_whole("linux/x86_64"), Ok(Platform::new("linux", "amd64")));
    }

    #[test]
    fn texts_that_are_none() {
        check("", "\"\" is not an operating system or architecture");
        check("pdp11", "unknown operating system or architecture");
        check("linux/*", "wildcards are not supported");
        check("linux/amd64/v1/x", "expected at most os/arch/variant");
        check("linux//v7", "\"\" is not made of letters, digits, '_', '.' and '-'");
        check("linux/amd 64", "\"amd 64\" is not made of letters, digits, '_', '.' and '-'");
        check(" linux/amd64", "\" linux\" is not an operating system or architecture");
        check("windows(10/amd64", "\"windows(10\" lacks a closing parenthesis");
        check("windows(10)x/amd64", "\"windows(10)x\" lacks a closing parenthesis");
        check("windows(10++a)/amd64", "a feature of the operating system is empty");
        check("windows(1%2)/amd64", "\"1%2\" is not made of letters, digits, '_', '.', '-' and %XX");
        check("windows(1%zz)/amd64", "\"1%zz\" is not made of letters, digits, '_', '.', '-' and %XX");
        check("windows(1%ff)/amd64", "\"1%ff\" is not made of letters, digits, '_', '.', '-' and %XX");
        check("windows(a b)/amd64", "\"a b\" is not made of letters, digits, '_', '.', '-' and %XX");

        fn check(specifier: &str, reason: &str) {
            let expect = format!("{specifier:?} is not a platform: {reason}");
            assert_eq!(specifier.parse::<Platform>().unwrap_err().to_string(), expect);
        }
    }
}
