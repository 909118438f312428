//! Platforms as expressions see them, and where the processes of a stage run.

use buildkit_names::Platform;

use super::value::Value;

/// The value of a platform: its parts, and `id`, which is `os/arch` or `os/arch/variant`, without the version of the operating system.
pub(crate) fn value(platform: &Platform) -> Value {
    let id = platform.without_os_version().to_string();
    let parts = [
        ("os", platform.os()),
        ("arch", platform.architecture()),
        ("variant", platform.variant()),
        ("id", id.as_str()),
    ];
    Value::record(Some(&id), parts.map(|(name, text)| (name, Value::text(text))))
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
