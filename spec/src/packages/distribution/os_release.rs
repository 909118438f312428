//! Parses /etc/os-release: the distribution, and the package managers that it can have.

use crate::base::manager::Manager::{self, Apk, Apt, Dnf, Microdnf, Tdnf, Yum, Zypper};

/// The `ID` of distributions, with their package managers, the most likely one first, and the number of parts of the version that
/// packages depend on.
const KNOWN: &[(&str, &[Manager], usize)] = &[
    ("debian", &[Apt], 1),
    ("ubuntu", &[Apt], 2),
    ("alpine", &[Apk], 2),
    ("wolfi", &[Apk], 0),
    ("chainguard", &[Apk], 0),
    ("fedora", &[Dnf, Microdnf], 1),
    ("rhel", &[Dnf, Microdnf, Yum], 1),
    ("centos", &[Dnf, Microdnf, Yum], 1),
    ("rocky", &[Dnf, Microdnf, Yum], 1),
    ("almalinux", &[Dnf, Microdnf, Yum], 1),
    ("ol", &[Dnf, Microdnf, Yum], 1),
    ("amzn", &[Dnf, Microdnf, Yum], 1),
    ("azurelinux", &[Tdnf, Dnf], 1),
    ("mariner", &[Tdnf, Dnf], 1),
    ("photon", &[Tdnf], 1),
    ("opensuse-leap", &[Zypper], 2),
    ("opensuse-tumbleweed", &[Zypper], 0),
    ("sles", &[Zypper], 2),
    ("suse", &[Zypper], 2),
    ("opensuse", &[Zypper], 2),
];

/// The possible package managers, the distribution and its release. `None` if the distribution, and those that it is made from, are
/// unknown.
pub(super) fn read(text: &str) -> Option<(&'static [Manager], String, String)> {
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let id = field("ID");
    let like = field("ID_LIKE");
    let names = std::iter::once(id.as_str()).chain(like.split_whitespace());
    let (_, managers, parts) = names.filter_map(known).next()?;
    let version = field("VERSION_ID");
    let release = match *parts {
        0 => String::new(),
        parts => version.split('.').take(parts).collect::<Vec<_>>().join("."),
    };
    let release = if release.is_empty() { field("VERSION_CODENAME") } else { release };
    Some((managers, id, release))
}

fn known(id: &str) -> Option<&'static (&'static str, &'static [Manager], usize)> {
    KNOWN.iter().find(|(name, ..)| *name == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_distributions() {
        let check = |text: &str, managers: &[Manager], id: &str, release: &str| {
            let (found, by, at) = read(text).expect(text);
            assert_eq!((found, by.as_str(), at.as_str()), (managers, id, release), "{text}");
        };
        check("PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n", &[Apt], "debian", "12");
        check("ID=debian\nVERSION_CODENAME=forky\n", &[Apt], "debian", "forky");
        check("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n", &[Apt], "ubuntu", "24.04");
        check("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22.1\n", &[Apt], "linuxmint", "22.1");
        check(
            "ID=\"rocky\"\nVERSION_ID=\"9.3\"\nID_LIKE=\"rhel centos fedora\"\n",
            &[Dnf, Microdnf, Yum],
            "rocky",
            "9",
        );
        check("ID=alpine\nVERSION_ID=3.20.1\n", &[Apk], "alpine", "3.20");
        check("ID=\"opensuse-leap\"\nVERSION_ID=\"15.6\"\n", &[Zypper], "opensuse-leap", "15.6");
        assert_eq!(read("ID=nixos\n"), None);
        assert_eq!(read(""), None);
    }
}
