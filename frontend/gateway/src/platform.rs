//! Platforms: operating system and processor, parsed, normalised and written as containerd does.

mod json;
mod parse;

use std::fmt;

use buildkit_proto::pb;

pub use parse::InvalidPlatform;

/// A platform, in the normalised form of `github.com/containerd/platforms`.
///
/// All ways to make one normalise it, so that `aarch64` and `arm64/v8` are one platform, equal and with one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: String,
    os_version: String,
    os_features: Vec<String>,
}

impl Platform {
    /// The platform of an operating system and an architecture, such as `linux` and `amd64`.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self::of_parts(os, architecture, "", "", Vec::new())
    }

    /// The operating system in lower case, such as `linux`.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The architecture by its Go name, such as `amd64` or `arm64`.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The variant of the architecture, such as `v7`; empty for most.
    pub fn variant(&self) -> &str {
        &self.variant
    }

    /// The version of the operating system; empty but for Windows.
    pub fn os_version(&self) -> &str {
        &self.os_version
    }

    /// The features the operating system must have, sorted; empty but for Windows.
    pub fn os_features(&self) -> &[String] {
        &self.os_features
    }

    /// The same platform without the version and features of its operating system: containerd's `Format`.
    #[must_use]
    pub fn without_os_version(&self) -> Self {
        Self { os_version: String::new(), os_features: Vec::new(), ..self.clone() }
    }

    fn of_parts(
        os: &str,
        architecture: &str,
        variant: &str,
        os_version: &str,
        features: Vec<String>,
    ) -> Self {
        let (architecture, variant) = normalise_architecture(architecture, variant);
        let mut os_features = features;
        os_features.sort();
        os_features.dedup();
        Self { os: normalise_os(os), architecture, variant, os_version: os_version.to_owned(), os_features }
    }
}

/// The platform's name, also its key in results of several platforms: containerd's `FormatAll`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        let features: Vec<_> = self.os_features.iter().filter(|feature| !feature.is_empty()).collect();
        if !self.os_version.is_empty() || !features.is_empty() {
            write!(f, "({}", escape(&self.os_version))?;
            for feature in features {
                write!(f, "+{}", escape(feature))?;
            }
            f.write_str(")")?;
        }
        for part in [&self.architecture, &self.variant] {
            if !part.is_empty() {
                write!(f, "/{part}")?;
            }
        }
        Ok(())
    }
}

impl From<&pb::Platform> for Platform {
    fn from(platform: &pb::Platform) -> Self {
        Self::of_parts(
            &platform.os,
            &platform.architecture,
            &platform.variant,
            &platform.os_version,
            platform.os_features.clone(),
        )
    }
}

impl From<&Platform> for pb::Platform {
    fn from(platform: &Platform) -> Self {
        Self {
            os: platform.os.clone(),
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone(),
            os_version: platform.os_version.clone(),
            os_features: platform.os_features.clone(),
        }
    }
}

fn normalise_os(os: &str) -> String {
    let os = os.to_lowercase();
    match os.as_str() {
        "" => "linux".to_owned(),
        "macos" => "darwin".to_owned(),
        _ => os,
    }
}

fn normalise_architecture(architecture: &str, variant: &str) -> (String, String) {
    let architecture = architecture.to_lowercase();
    let variant = variant.to_lowercase();
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) => ("arm", "v7"),
        ("armel", _) => ("arm", "v6"),
        ("arm", "" | "7") => ("arm", "v7"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "6") => ("arm", "v6"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}

/// Writes what has a meaning inside the parentheses of a platform's name as percent escapes.
fn escape(option: &str) -> String {
    let mut escaped = String::with_capacity(option.len());
    for character in option.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '+' => escaped.push_str("%2B"),
            '(' => escaped.push_str("%28"),
            ')' => escaped.push_str("%29"),
            '/' => escaped.push_str("%2F"),
            other => escaped.push(other),
        }
    }
    escaped
}
