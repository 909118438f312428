//! The distribution of a base image: its package manager, release and architecture, as far as they are known without running a
//! program.

mod image_names;
mod os_release;

use buildkit_names::{Platform, Reference};

use crate::base::manager::Manager;

/// The distribution of a base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The package manager.
    pub manager: Manager,
    /// The `ID` of /etc/os-release. The reference of the image if the distribution is unknown.
    pub id: String,
    /// The release, with as many parts as packages depend on: `12`, `24.04`, `9`. Empty if it is unknown.
    pub release: String,
    /// The architecture with its variant: `amd64`, `arm-v7`.
    pub arch: String,
}

impl Distribution {
    /// The distribution of an image whose reference names it, such as `debian:12-slim` or `nvidia/cuda:12.9.1-base-ubuntu24.04`.
    /// `None` for any other reference.
    pub fn of_image(reference: &Reference, platform: &Platform) -> Option<Self> {
        let (manager, id, release) = image_names::known(reference)?;
        Some(Self { manager, id: id.to_owned(), release, arch: arch(platform) })
    }

    /// The distribution that an /etc/os-release describes. `has` says whether the image has a file at a path. If a distribution can
    /// have several package managers, such as dnf and microdnf, it is the first one whose program the image has. `None` if the
    /// distribution is unknown.
    pub fn of_os_release(text: &str, platform: &Platform, has: impl Fn(&str) -> bool) -> Option<Self> {
        let (managers, id, release) = os_release::read(text)?;
        let found = managers.iter().find(|manager| has(manager.program()));
        let manager = *found.or(managers.first())?;
        Some(Self { manager, id, release, arch: arch(platform) })
    }

    /// The package managers that are possible for an /etc/os-release. If there are several, the programs in the image tell them
    /// apart.
    pub fn candidates(os_release: &str) -> Vec<Manager> {
        os_release::read(os_release).map(|(managers, ..)| managers.to_vec()).unwrap_or_default()
    }

    /// A distribution of which only the package manager is known, because the build file names it. The name of the image or stage is
    /// used as its id, so that it does not share caches with other distributions.
    fn of_manager(manager: Manager, name: &str, platform: &Platform) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        Self { manager, id: name.chars().map(plain).collect(), release: String::new(), arch: arch(platform) }
    }

    /// The distribution of a stage whose base has this one. A package manager that the stage names takes precedence. `name` is the name
    /// of its base.
    pub fn of_stage(
        base: Option<Self>,
        manager: Option<Manager>,
        name: &str,
        platform: &Platform,
    ) -> Option<Self> {
        match (base, manager) {
            (Some(base), Some(manager)) => Some(Self { manager, ..base }),
            (None, Some(manager)) => Some(Self::of_manager(manager, name, platform)),
            (base, None) => base,
        }
    }

    /// Whether the release is a number of at least `least`. A name also counts as new enough, since rolling releases such as
    /// `rawhide` have one.
    pub(crate) fn since(&self, least: u32) -> bool {
        let major = self.release.split('.').next().unwrap_or_default();
        !major.is_empty() && major.parse::<u32>().map_or(true, |major| major >= least)
    }

    /// The id of a cache that only this distribution uses: `apt-lists-debian-12-amd64`.
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
