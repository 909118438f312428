//! apt, the package manager of Debian and Ubuntu.

mod snapshot;

use super::script::{self, Dialect, Linked, Removal, Temporary, Upgrade};
use crate::packages::distribution::Distribution;
use crate::plan::Packages;

/// Downloads are kept in a folder of the cache that Debian's images do not configure, since their configuration deletes downloads.
/// The file that apt computes from the package lists is kept too. The one that it computes from the lists and the installed
/// packages is not kept, since the cache is used for other images as well. Without `Pattern-Only`, apt reads a name that it does not know
/// as a regular expression, so that `libc6.dev` installs `libc6-dev`.
const FUNCTIONS: &str = r#"get() {
    apt-get -q -y -o Acquire::Retries=0 -o APT::Cmd::Pattern-Only=true -o Dir::Cache::Archives=/var/cache/apt/kept \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=kept/srcpkgcache.bin -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}
"#;
/// The script retries downloads, and apt does not. While one download waits for its next try and others are slow, apt 3.0 prints
/// warnings ("Tried to start delayed item") until the memory is exhausted. If nothing is left to download, the failure has another
/// cause, and the script gives up.
const GIVE_UP: &str = r#"        [ "$("$@" -qq --print-uris 2> /dev/null)" ] || return 100
"#;

pub(in crate::packages) const TRACES: &str = "/var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache \\
    /var/cache/debconf/*-old /var/lib/dpkg/*-old";

/// Lists the installed packages. Those of the native architecture have no suffix, as in the output of `apt-get --simulate`.
const INSTALLED: &str = "dpkg-query -W -f '${db:Status-Status} ${binary:Package}\\n' \\
    | sed -n \"s/:$(dpkg --print-architecture)\\$//; s/^installed //p\"";

/// apt purges only packages that are marked as installed automatically.
const UNMARK: &str = r#"[ -z "$added" ] || apt-mark auto $added > /dev/null"#;

/// A line for a file has the packages that own it, with commas between them, and the path.
const OWNERS: &str = r#"dpkg-query -S "$@" | sed "/^diversion by /d; s/: \/.*//; s/,//g" \
    | sed "s/:$(dpkg --print-architecture)\$//; s/:$(dpkg --print-architecture) / /g""#;

/// Purges the added packages that no remaining package needs.
const PURGE: &str = r#"gone=
for package in $(get -s -o APT::AutoRemove::RecommendsImportant=false \
    -o APT::AutoRemove::SuggestsImportant=false autoremove | sed -n 's/^Remv \([^ ]*\).*/\1/p'); do
    case "$added " in *" $package "*) gone="$gone $package" ;; esac
done
[ -z "$gone" ] || get purge $gone"#;

/// The test whether a package is installed.
const PRESENT: &str =
    r#"[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ]"#;
/// A removal does not remove further packages. If another package needs the removed one, it fails.
const REMOVAL: Removal = Removal::Present(PRESENT, "dpkg --purge");

/// apt marks a package that it upgrades by name as wanted. These commands give it back its mark.
const KEEP_MARKS: [&str; 2] =
    ["auto=$(apt-mark showauto $old)", r#"[ -z "$auto" ] || apt-mark auto $auto > /dev/null"#];

pub(super) fn dialect(packages: &Packages, system: &Distribution) -> Dialect {
    let recommends = if packages.recommends { "--install-recommends" } else { "--no-install-recommends" };
    // Package lists of different dates must not share a cache.
    let date = packages.snapshot.as_ref().map(|snapshot| format!("-{}", snapshot.date.compact()));
    let cache = |what: &str| system.cache(&[what, date.as_deref().unwrap_or_default()].concat());
    let snapshot = packages.snapshot.as_ref().map(|snapshot| ["\n", &snapshot::commands(snapshot)].concat());
    Dialect {
        env: &[("DEBIAN_FRONTEND", "noninteractive")],
        caches: vec![("/var/cache/apt", cache("cache")), ("/var/lib/apt/lists", cache("lists"))],
        functions: [FUNCTIONS, &script::retry(GIVE_UP), snapshot.as_deref().unwrap_or_default()].concat(),
        refresh: "retry get -o APT::Update::Error-Mode=any update".to_owned(),
        install: format!("retry get install {recommends}"),
        upgrade: Upgrade {
            // New packages may come, as with `apt upgrade`, but none is removed.
            all: format!("retry get upgrade --with-new-pkgs {recommends}"),
            present: PRESENT,
            some: format!("retry get install --only-upgrade {recommends}"),
            around: KEEP_MARKS,
        },
        known: r#"apt-cache -o Dir::Cache::pkgcache= show --no-all-versions "$1" > /dev/null 2>&1"#,
        temporary: Temporary::Added { installed: INSTALLED, unmark: UNMARK, purge: PURGE },
        linked: Linked { owners: OWNERS, keep: "apt-mark manual $keep > /dev/null" },
        remove: REMOVAL,
        traces: TRACES,
    }
}
