//! zypper, the package manager of openSUSE and SUSE Linux Enterprise.

use super::rpm;
use super::script::{Dialect, Upgrade};
use crate::packages::distribution::Distribution;
use crate::plan::Packages;

/// Some exit codes of zypper mean success. 102 and 103 mean that a program or the machine should be restarted. 107 means that the
/// script of a package failed, which dnf ignores as well. zypper retries downloads by itself.
const FUNCTIONS: &str = r#"get() {
    zypper --non-interactive "$@" || case $? in 102 | 103 | 107) ;; *) return 1 ;; esac
}"#;

const TRACES: &str = "/var/log/zypper.log /var/log/zypp/history /var/cache/ldconfig/aux-cache";

pub(super) fn dialect(packages: &Packages, system: &Distribution) -> Dialect {
    let recommends = if packages.recommends { "--recommends" } else { "--no-recommends" };
    let erasing = if packages.allow_erasing { " --force-resolution" } else { "" };
    let update = format!("get update --auto-agree-with-licenses {recommends}{erasing}");
    Dialect {
        env: &[],
        caches: vec![("/var/cache/zypp", system.cache("cache"))],
        functions: FUNCTIONS.to_owned(),
        // The cached data about installed packages can be that of another image.
        refresh: "rm -rf /var/cache/zypp/solv/@System\nget refresh".to_owned(),
        install: format!("get install --auto-agree-with-licenses {recommends}{erasing}"),
        upgrade: Upgrade { all: update.clone(), present: rpm::PRESENT, some: update, around: ["", ""] },
        known: r#"zypper -q --non-interactive search --match-exact --type package "$1" > /dev/null 2>&1"#,
        temporary: rpm::TEMPORARY,
        linked: rpm::LINKED,
        remove: rpm::REMOVAL,
        traces: TRACES,
    }
}
