//! Platforms, such as `linux/amd64`, and which of the two platforms of a build a stage uses.

use super::value::Value;

/// An operating system and an architecture in normalised form: `linux/amd64`, `linux/arm/v7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The operating system, such as `linux`.
    pub os: String,
    /// The architecture, such as `amd64`.
    pub arch: String,
    /// The variant of the architecture, such as `v7`. Empty for most architectures.
    pub variant: String,
}

impl Platform {
    /// A platform without a variant.
    pub fn new(os: &str, arch: &str) -> Self {
        Self { os: os.to_owned(), arch: arch.to_owned(), variant: String::new() }
    }

    /// Parses `os/arch` or `os/arch/variant`. Synonyms such as `x86_64` are normalised as in containerd (`platforms/database.go`).
    /// Returns `None` if the text has another form.
    ///
    /// ```
    /// use varve_spec::Platform;
    /// let parsed = |text| Platform::parse(text).map(|platform| platform.id());
    /// assert_eq!(parsed("linux/aarch64/v8"), Some("linux/arm64".to_owned()));
    /// assert_eq!(parsed("linux/arm"), Some("linux/arm/v7".to_owned()));
    /// assert_eq!(parsed("arm"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let parts: Vec<&str> = lower.split('/').collect();
        let (os, arch, variant) = match parts.as_slice() {
            [os, arch] => (*os, *arch, ""),
            [os, arch, variant] => (*os, *arch, *variant),
            _ => return None,
        };
        let os = if os == "macos" { "darwin" } else { os };
        let (arch, variant) = match (arch, variant) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
            ("armel", _) | ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "8") => ("arm", "v8"),
            other => other,
        };
        let filled = !os.is_empty() && !arch.is_empty();
        filled.then(|| Self { os: os.to_owned(), arch: arch.to_owned(), variant: variant.to_owned() })
    }

    /// The platform as text: `os/arch` or `os/arch/variant`.
    pub fn id(&self) -> String {
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        format!("{}/{}{variant}", self.os, self.arch)
    }

    pub(crate) fn value(&self) -> Value {
        let id = self.id();
        let fields = [("os", &self.os), ("arch", &self.arch), ("variant", &self.variant), ("id", &id)];
        Value::record(Some(&id), fields.map(|(name, text)| (name, Value::text(text))))
    }
}

/// The platform on which the processes of a stage run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StagePlatform {
    /// The target platform: that of the image.
    Target,
    /// The build platform: that of the machine that builds.
    Build,
}

impl StagePlatform {
    /// Picks the argument that belongs to this platform.
    pub fn of<T>(self, target: T, build: T) -> T {
        match self {
            Self::Target => target,
            Self::Build => build,
        }
    }

    /// The platform that the build file names: `build`, or the target platform for any other name.
    pub(crate) fn named(name: &str) -> Self {
        if name == "build" { Self::Build } else { Self::Target }
    }
}
