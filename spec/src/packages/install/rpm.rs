//! dnf, microdnf, tdnf and yum.

use super::script::{Dialect, Linked, Removal, Temporary, Upgrade};
use crate::base::manager::Manager;
use crate::packages::distribution::Distribution;
use crate::plan::Packages;

const TRACES: &str = "/var/log/dnf.* /var/log/dnf5.log* /var/log/hawkey.log* /var/log/tdnf.log /var/log/yum.log \\
    /var/cache/ldconfig/aux-cache";

/// Packages are identified by name and architecture, so a package that is only upgraded does not count as added. Imported keys look
/// like packages and are skipped.
pub(super) const TEMPORARY: Temporary = Temporary::Added {
    installed: "rpm -qa --qf '%{NAME}.%{ARCH}\\n' | sed '/^gpg-pubkey\\./d'",
    unmark: UNMARK,
    purge: PURGE,
};

/// The marks are those of dnf: version 4 has `mark remove`, version 5 has `mark dependency`. A manager without them has no marks.
const UNMARK: &str = r#"marked() { get -q -C repoquery --userinstalled --qf '%{name}.%{arch}\n'; }
if [ -z "$added" ] || ! { { get mark remove $added || get mark dependency $added; } && marked; } > /dev/null 2>&1; then
    marked() { :; }
fi"#;

/// A package that the script marked stays, and so do the packages that it needs.
const PURGE: &str = r#"gone=
for package in $(installed); do
    case "$added " in *" $package "*) gone="$gone $package" ;; esac
done
wanted=$(marked)
while [ "$wanted" ]; do
    wanted=" $(echo $wanted) " stay= rest=
    for package in $gone; do
        case $wanted in *" $package "*) stay="$stay $package" ;; *) rest="$rest $package" ;; esac
    done
    gone=$rest wanted=
    [ -z "$stay" ] || wanted=$(rpm --query --requires $stay | sed 's/ .*//' | while read -r need; do
        rpm --query --whatprovides --qf '%{NAME}.%{ARCH}\n' "$need" || :
    done)
done
[ -z "$gone" ] || rpm --erase $gone"#;

/// A removal does not remove further packages. If another package needs the removed one, it fails.
pub(super) const REMOVAL: Removal = Removal::Present(PRESENT, "rpm --erase");
/// dnf 4 has `mark install`, and dnf 5 has `mark user`. The packages stay too if the manager has no marks.
pub(super) const LINKED: Linked = Linked {
    owners: r#"rpm --query --file --qf '%{NAME}.%{ARCH}\n' "$@""#,
    keep: "{ get mark install $keep || get mark user $keep; } > /dev/null 2>&1 || :
already=$(marked)
marked() { echo $already $keep; }",
};
/// The test whether a package is installed.
pub(super) const PRESENT: &str = r#"rpm --query "$package" > /dev/null"#;

pub(super) fn dialect(packages: &Packages, system: &Distribution) -> Dialect {
    let weak = packages.recommends;
    let (options, refresh, install, known) = match system.manager {
        Manager::Microdnf => (
            format!("microdnf -y --setopt=install_weak_deps={} --setopt=keepcache=1", u8::from(weak)),
            // The cached data about installed packages can be that of another image.
            "rm -rf /var/cache/yum/solv/@System*",
            "get --refresh install",
            // It prints lines with name, version and architecture.
            r#"get --refresh repoquery "$1" 2> /dev/null | grep -q "^$1-[0-9]""#,
        ),
        Manager::Tdnf => (
            "tdnf -y --setopt=keepcache=1".to_owned(),
            "get --refresh makecache",
            "get install",
            r#"get -q list "$1" > /dev/null 2>&1"#,
        ),
        Manager::Yum => (
            // An old yum ignores names that it does not know, unless this option is set.
            format!(
                "yum -y --setopt=install_weak_deps={} --setopt=keepcache=1 --setopt=retries=5 \\\n        \
                 --setopt=skip_missing_names_on_install=0",
                u8::from(weak)
            ),
            "get clean expire-cache",
            "get install",
            r#"get -q list "$1" > /dev/null 2>&1"#,
        ),
        _ => (
            format!(
                "dnf -y --setopt=install_weak_deps={} --setopt=keepcache=True --setopt=retries=5",
                if weak { "True" } else { "False" }
            ),
            "get makecache --refresh",
            "get install",
            r#"get -q list "$1" > /dev/null 2>&1"#,
        ),
    };
    let erasing = packages.allow_erasing && matches!(system.manager, Manager::Dnf | Manager::Tdnf);
    // An option can enable a repository whose list was not refreshed yet.
    let fresh = system.manager == Manager::Dnf && system.manager.entry(&packages.options).is_some();
    let command = |text: &str| {
        let fresh = if fresh { " --refresh" } else { "" };
        format!("{text}{fresh}{}", if erasing { " --allowerasing" } else { "" })
    };
    let upgrade = match system.manager {
        Manager::Microdnf => "get --refresh upgrade",
        Manager::Tdnf | Manager::Yum => "get update",
        _ => "get upgrade",
    };
    Dialect {
        env: &[],
        caches: caches(system),
        functions: format!("get() {{\n    {options} \"$@\"\n}}"),
        refresh: refresh.to_owned(),
        install: command(install),
        upgrade: Upgrade {
            all: command(upgrade),
            present: PRESENT,
            some: command(upgrade),
            around: ["", ""],
        },
        known,
        temporary: TEMPORARY,
        linked: LINKED,
        remove: REMOVAL,
        traces: TRACES,
    }
}

/// The folders in which the package manager of this distribution keeps its downloads, with the ids of their caches.
fn caches(system: &Distribution) -> Vec<(&'static str, String)> {
    const DNF: &str = "/var/cache/dnf";
    const DNF5: &str = "/var/cache/libdnf5";
    const YUM: &str = "/var/cache/yum";
    let id = system.id.as_str();
    let paths: &[&'static str] = match system.manager {
        Manager::Microdnf => &[YUM],
        Manager::Tdnf => &["/var/cache/tdnf"],
        Manager::Yum if !system.release.is_empty() && !system.since(8) => &[YUM],
        Manager::Yum => &[DNF, YUM],
        _ if id == "fedora" && system.since(41) => &[DNF5],
        // Without a release, it is unknown whether this is dnf 4 or dnf 5.
        _ if system.release.is_empty() => &[DNF, DNF5],
        _ => &[DNF],
    };
    let id = |path: &str| {
        let folder = path.rsplit('/').next().unwrap_or(path);
        let more = if folder == system.manager.name() { String::new() } else { format!("-{folder}") };
        system.cache(&format!("cache{more}"))
    };
    paths.iter().map(|path| (*path, id(path))).collect()
}
