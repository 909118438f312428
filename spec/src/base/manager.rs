//! Package managers.

use std::collections::BTreeMap;

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora, RHEL and its relatives.
    Dnf,
    /// Minimal images of the same.
    Microdnf,
    /// Azure Linux, Photon.
    Tdnf,
    /// Older RHEL and its relatives, Amazon Linux 2.
    Yum,
    /// openSUSE, SUSE Linux Enterprise.
    Zypper,
    /// Alpine.
    Apk,
}

impl Manager {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Apt, Self::Dnf, Self::Microdnf, Self::Tdnf, Self::Yum, Self::Zypper, Self::Apk];

    /// Its name in the file.
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

    /// The manager of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| manager.name() == name)
    }

    /// The program that an image with this manager has.
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

    /// What a file says for this manager. What it says for dnf counts for its relatives too, unless they have their own.
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
