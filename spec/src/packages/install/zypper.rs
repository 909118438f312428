//! zypper: openSUSE, SUSE Linux Enterprise.

use super::rpm;
use super::script::Dialect;
use crate::packages::distribution::Distribution;
use crate::plan::Packages;

/// Some of its exit codes tell of success: 102 and 103 that something should be started again, 107 that a package's own
/// script failed, which dnf passes over as well. Downloads are tried again by itself.
const FUNCTIONS: &str = r#"get() {
    zypper --non-interactive "$@" || case $? in 102 | 103 | 107) ;; *) return 1 ;; esac
}"#;

const TRACES: &str = "/var/log/zypper.log /var/log/zypp/history /var/cache/ldconfig/aux-cache";

pub(super) fn dialect(packages: &Packages, system: &Distribution) -> Dialect {
    let recommends = if packages.recommends { "--recommends" } else { "--no-recommends" };
    let erasing = if packages.allow_erasing { " --force-resolution" } else { "" };
    Dialect {
        env: &[],
        caches: vec![("/var/cache/zypp", system.cache("cache"))],
        functions: FUNCTIONS.to_owned(),
        // What it keeps of the packages that are installed may be another image's.
        refresh: "rm -rf /var/cache/zypp/solv/@System\nget refresh".to_owned(),
        install: format!("get install --auto-agree-with-licenses {recommends}{erasing}"),
        known: r#"zypper -q --non-interactive search --match-exact --type package "$1" > /dev/null 2>&1"#,
        temporary: rpm::TEMPORARY,
        remove: rpm::REMOVAL,
        traces: TRACES,
    }
}
