//! The distribution that a stage builds on, with its package manager, release and architecture, as far as they are known without
//! running anything.

mod image_names;
mod os_release;

use buildkit_names::{Platform, Reference};

use crate::base::manager::Manager;

/// The system that a stage builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Its package manager.
    pub manager: Manager,
    /// The distribution, as `ID` of /etc/os-release has it; the name of the image where the distribution is not known.
    pub id: String,
    /// The release as far as packages differ by it: `12`, `24.04`, `9`; empty where it is not known.
    pub release: String,
    /// The processor, with its variant: `amd64`, `arm-v7`.
    pub arch: String,
}

impl Distribution {
    /// The system of an image whose name tells it, such as `debian:12-slim` or `nvidia/cuda:12.9.1-base-ubuntu24.04`.
    pub fn of_image(reference: &Reference, platform: &Platform) -> Option<Self> {
        let (manager, id, release) = image_names::known(reference)?;
        Some(Self { manager, id: id.to_owned(), release, arch: arch(platform) })
    }

    /// The system that an /etc/os-release tells of. `has` says whether the image has a file, for relatives that only their
    /// programs tell apart.
    pub fn of_os_release(text: &str, platform: &Platform, has: impl Fn(&str) -> bool) -> Option<Self> {
        let (managers, id, release) = os_release::read(text)?;
        let found = managers.iter().find(|manager| has(manager.program()));
        let manager = *found.or(managers.first())?;
        Some(Self { manager, id, release, arch: arch(platform) })
    }

    /// The managers that an /etc/os-release leaves open: one, or several that only their programs tell apart.
    pub fn candidates(os_release: &str) -> Vec<Manager> {
        os_release::read(os_release).map(|(managers, ..)| managers.to_vec()).unwrap_or_default()
    }

    /// A system of which only the manager is known, because the file says it: it goes by the name of its image or stage, so that its
    /// caches are its own.
    pub fn of_manager(manager: Manager, name: &str, platform: &Platform) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        Self { manager, id: name.chars().map(plain).collect(), release: String::new(), arch: arch(platform) }
    }

    /// Whether the release is a number of at least `least`, or a name, which the rolling ones have.
    pub(crate) fn since(&self, least: u32) -> bool {
        let major = self.release.split('.').next().unwrap_or_default();
        !major.is_empty() && major.parse::<u32>().map_or(true, |major| major >= least)
    }

    /// The id of a cache of this system alone: `apt-lists-debian-12-amd64`.
    pub(crate) fn cache(&self, what: &str) -> String {
        let parts = [self.manager.name(), what, &self.id, &self.release, &self.arch];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }
}

fn arch(platform: &Platform) -> String {
    let hyphen = if platform.variant().is_empty() { "" } else { "-" };
    format!("{}{hyphen}{}", platform.architecture(), platform.variant())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_named_after_all_that_tells_systems_apart() {
        let arm = Platform::of_parts("linux", "arm", "v7");
        let debian = Distribution::of_image(&"debian:12-slim".parse().unwrap(), &arm).expect("known");
        assert_eq!(debian.cache("lists"), "apt-lists-debian-12-arm-v7");
        let own = Distribution::of_manager(Manager::Dnf, "ghcr.io/acme/base:1", &arm);
        assert_eq!(own.cache("cache"), "dnf-cache-ghcr.io-acme-base-1-arm-v7");
    }

    #[test]
    fn releases_are_compared_by_number_and_names_are_new() {
        let system = |release: &str| Distribution {
            manager: Manager::Dnf,
            id: "fedora".into(),
            release: release.into(),
            arch: String::new(),
        };
        assert!(system("41").since(41) && system("rawhide").since(41) && system("41.1").since(41));
        assert!(!system("40").since(41) && !system("").since(41));
    }
}
