//! The package managers that varve supports.

use std::collections::BTreeMap;

/// A package manager. The comment at each names distributions that use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora, RHEL and distributions made from RHEL.
    Dnf,
    /// Minimal images of the distributions with dnf.
    Microdnf,
    /// Azure Linux, Photon.
    Tdnf,
    /// Older versions of RHEL and of distributions made from it, Amazon Linux 2.
    Yum,
    /// openSUSE, SUSE Linux Enterprise.
    Zypper,
    /// Alpine.
    Apk,
}

impl Manager {
    /// All package managers.
    pub const ALL: [Self; 7] =
        [Self::Apt, Self::Dnf, Self::Microdnf, Self::Tdnf, Self::Yum, Self::Zypper, Self::Apk];

    /// The name of the package manager in `image.yaml`, such as `apt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Microdnf => "microdnf",
            Self::Tdnf => "tdnf",
            Self::Yum => "yum",
            Self::Zypper => "zypper",
            Self::Apk => "apk",
        }
    }

    /// The package manager with this name; `None` for an unknown name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| manager.name() == name)
    }

    /// The path of the program. A base image that contains this file has this package manager.
    pub fn program(self) -> &'static str {
        match self {
            Self::Apt => "/usr/bin/apt-get",
            Self::Dnf => "/usr/bin/dnf",
            Self::Microdnf => "/usr/bin/microdnf",
            Self::Tdnf => "/usr/bin/tdnf",
            Self::Yum => "/usr/bin/yum",
            Self::Zypper => "/usr/bin/zypper",
            Self::Apk => "/sbin/apk",
        }
    }

    /// Finds the value for this package manager in a map of the build file. The value for `dnf` is used for `microdnf`, `tdnf` and
    /// `yum` too, unless they have a value of their own.
    pub fn entry<T>(self, entries: &BTreeMap<Self, T>) -> Option<&T> {
        let relative = matches!(self, Self::Microdnf | Self::Tdnf | Self::Yum).then_some(Self::Dnf);
        entries.get(&self).or_else(|| entries.get(&relative?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_for_dnf_counts_for_its_relatives() {
        let dnf = BTreeMap::from([(Manager::Dnf, "d"), (Manager::Apt, "a")]);
        let check =
            |manager: Manager, expect| assert_eq!(manager.entry(&dnf).copied(), expect, "{manager:?}");
        check(Manager::Microdnf, Some("d"));
        check(Manager::Yum, Some("d"));
        check(Manager::Zypper, None);
        check(Manager::Apt, Some("a"));
        let own = BTreeMap::from([(Manager::Dnf, "d"), (Manager::Tdnf, "t")]);
        assert_eq!(Manager::Tdnf.entry(&own), Some(&"t"));
    }
}
