//! Platforms: operating system and architecture. They are parsed, normalised and formatted as in containerd (`platforms.go` and
//! `database.go` of `github.com/containerd/platforms`).

#[cfg(feature = "serde")]
mod json;
mod parse;

use std::fmt;

pub use parse::InvalidPlatform;

/// A platform, in the normalised form of `github.com/containerd/platforms`.
///
/// Every constructor normalises, so `aarch64` and `arm64/v8` are equal and have the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: String,
    os_version: String,
    os_features: Vec<String>,
}

impl Platform {
    /// Creates the platform of an operating system and an architecture, such as `linux` and `amd64`.
    #[must_use]
    pub fn new(os: &str, architecture: &str) -> Self {
        Self::of_parts(os, architecture, "")
    }

    /// Creates a platform from the fields of a message or a document. They need not be valid in a text.
    #[must_use]
    pub fn of_parts(os: &str, architecture: &str, variant: &str) -> Self {
        let (architecture, variant) = normalise_architecture(architecture, variant);
        Self {
            os: normalise_os(os),
            architecture,
            variant,
            os_version: String::new(),
            os_features: Vec::new(),
        }
    }

    /// Returns the same platform with a version and required features of the operating system. Only Windows has them.
    #[must_use]
    pub fn with_os_version<F: Into<String>>(
        &self,
        version: &str,
        features: impl IntoIterator<Item = F>,
    ) -> Self {
        let mut os_features: Vec<String> = features.into_iter().map(Into::into).collect();
        os_features.retain(|feature| !feature.is_empty());
        os_features.sort();
        os_features.dedup();
        Self { os_version: version.to_owned(), os_features, ..self.clone() }
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

    /// The version of the operating system; empty except for Windows.
    pub fn os_version(&self) -> &str {
        &self.os_version
    }

    /// The required features of the operating system, sorted; empty except for Windows.
    pub fn os_features(&self) -> &[String] {
        &self.os_features
    }

    /// Returns the same platform without the version and the features of the operating system, as containerd's `Format` does.
    #[must_use]
    pub fn without_os_version(&self) -> Self {
        Self { os_version: String::new(), os_features: Vec::new(), ..self.clone() }
    }
}

/// The name of the platform, as containerd's `FormatAll` formats it. It is also the key of the platform in a result for several platforms.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        if !self.os_version.is_empty() || !self.os_features.is_empty() {
            write!(f, "({}", escape(&self.os_version))?;
            for feature in &self.os_features {
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

/// Escapes the characters that have a meaning inside the parentheses of a platform's name.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_normalised() {
        check(("x86_64", ""), ("amd64", ""));
        check(("x86-64", "v1"), ("amd64", ""));
        check(("AMD64", "V3"), ("amd64", "v3"));
        check(("aarch64", "8"), ("arm64", ""));
        check(("arm64", "v8"), ("arm64", ""));
        check(("arm64", "v8.0"), ("arm64", ""));
        check(("arm64", "9"), ("arm64", "v9"));
        check(("arm64", "v9.0"), ("arm64", "v9"));
        check(("arm64", "v8.2"), ("arm64", "v8.2"));
        check(("armhf", "v6"), ("arm", "v7"));
        check(("armel", ""), ("arm", "v6"));
        check(("arm", ""), ("arm", "v7"));
        check(("arm", "7"), ("arm", "v7"));
        check(("arm", "5"), ("arm", "v5"));
        check(("arm", "6"), ("arm", "v6"));
        check(("arm", "8"), ("arm", "v8"));
        check(("arm", "v7"), ("arm", "v7"));
        check(("i386", "x"), ("386", ""));
        check(("riscv64", ""), ("riscv64", ""));

        fn check((architecture, variant): (&str, &str), (expect, expect_variant): (&str, &str)) {
            let platform = Platform::of_parts("linux", architecture, variant);
            assert_eq!((platform.architecture(), platform.variant()), (expect, expect_variant));
            // Normalising what is normal changes nothing.
            let again = Platform::of_parts("linux", expect, expect_variant);
            assert_eq!(again, platform);
        }
    }

    #[test]
    fn systems_are_normalised() {
        for (os, expect) in [("Linux", "linux"), ("macOS", "darwin"), ("windows", "windows"), ("", "linux")] {
            assert_eq!(Platform::new(os, "amd64").os(), expect);
        }
    }

    #[test]
    fn named_in_full() {
        check(Platform::new("linux", "aarch64"), "linux/arm64");
        check(Platform::new("linux", "arm"), "linux/arm/v7");
        check(Platform::new("freebsd", ""), "freebsd");
        let windows = |version: &str, features: &[&str]| {
            Platform::new("windows", "amd64").with_os_version(version, features.iter().copied())
        };
        check(windows("10.0.17763", &[]), "windows(10.0.17763)/amd64");
        check(windows("10.0", &["win32k", "a", "a", ""]), "windows(10.0+a+win32k)/amd64");
        check(windows("", &["win32k"]), "windows(+win32k)/amd64");
        check(windows("1%2+(3)/4", &[]), "windows(1%252%2B%283%29%2F4)/amd64");
        check(windows("10.0", &["win32k"]).without_os_version(), "windows/amd64");

        fn check(platform: Platform, expect: &str) {
            assert_eq!(platform.to_string(), expect);
            if expect.contains('/') {
                assert_eq!(expect.parse(), Ok(platform));
            }
        }
    }
}
