//! What becomes of a path that several layers changed. `docs/language.md` lists these files for users.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use buildkit_names::glob_matches;

use super::accounts::Accounts;

/// What becomes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The records of all layers are joined.
    Records(Records),
    /// The marks of apt. They are joined with the packages.
    Marks,
    /// The database of rpm. It is joined by rpm's own programs.
    Rpm,
    /// The choices of an alternative of dpkg, or its selection.
    Alternatives,
    /// A program of the image makes it anew from other files. The name is that of the script of the step.
    Remade(&'static str),
    /// A log, a cache or a copy of an older version. That of the last layer stays.
    Either,
    /// The history of a package manager. It stays as it was before the layers.
    Before,
    /// Any other file. It is an error.
    Own,
}

/// The form of the records in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Records {
    /// Stanzas of packages of dpkg.
    Packages,
    /// Stanzas of debconf, by name.
    Questions,
    /// Diversions of dpkg, of three lines each.
    Diversions,
    /// Lines, each a record of its own.
    Lines,
    /// Accounts, by name.
    Accounts(Accounts),
    /// Ranges of numbers for users.
    Ranges,
}

const FILES: &[(&str, Class)] = &[
    ("/var/lib/dpkg/status", Class::Records(Records::Packages)),
    ("/var/lib/apt/extended_states", Class::Marks),
    ("/var/cache/debconf/*.dat", Class::Records(Records::Questions)),
    ("/var/lib/dpkg/diversions", Class::Records(Records::Diversions)),
    ("/var/lib/dpkg/statoverride", Class::Records(Records::Lines)),
    ("/var/lib/dpkg/triggers/Lock", Class::Either),
    ("/var/lib/dpkg/triggers/*", Class::Records(Records::Lines)),
    ("/var/lib/systemd/deb-systemd-*", Class::Records(Records::Lines)),
    ("/var/lib/ucf/*:?", Class::Either),
    ("/var/lib/ucf/hashfile", Class::Records(Records::Lines)),
    ("/var/lib/ucf/registry", Class::Records(Records::Lines)),
    ("/etc/shells", Class::Records(Records::Lines)),
    ("/var/lib/shells.state", Class::Records(Records::Lines)),
    ("/etc/passwd", Class::Records(Records::Accounts(Accounts::Users))),
    ("/etc/group", Class::Records(Records::Accounts(Accounts::Groups))),
    ("/etc/shadow", Class::Records(Records::Accounts(Accounts::Passwords))),
    ("/etc/gshadow", Class::Records(Records::Accounts(Accounts::GroupPasswords))),
    ("/etc/subuid", Class::Records(Records::Ranges)),
    ("/etc/subgid", Class::Records(Records::Ranges)),
    ("/var/lib/rpm/*", Class::Rpm),
    ("/usr/lib/sysimage/rpm/*", Class::Rpm),
    ("/var/lib/dnf/*", Class::Before),
    ("/usr/lib/sysimage/libdnf5/*", Class::Before),
    ("/var/lib/dpkg/alternatives/*", Class::Alternatives),
    ("/etc/alternatives/*", Class::Alternatives),
    ("/etc/ld.so.cache", Class::Remade("libraries")),
    ("/etc/ssl/certs/ca-certificates.crt", Class::Remade("certificates")),
    ("/etc/ssl/certs/????????.?", Class::Remade("certificates")),
    ("/etc/pki/ca-trust/extracted/*", Class::Remade("trust")),
    ("/etc/pki/java/cacerts", Class::Remade("trust")),
    ("*/glib-2.0/schemas/gschemas.compiled", Class::Remade("schemas")),
    ("/usr/share/icons/*/icon-theme.cache", Class::Remade("icons")),
    ("/usr/share/mime/packages/*", Class::Own),
    ("/usr/share/mime/*", Class::Remade("types")),
    ("/usr/share/applications/mimeinfo.cache", Class::Remade("applications")),
    ("*/gio/modules/giomodule.cache", Class::Remade("modules")),
    ("*/gdk-pixbuf-2.0/*/loaders.cache", Class::Remade("loaders")),
    ("*/gconv/gconv-modules.cache", Class::Remade("encodings")),
    ("/usr/lib/locale/locale-archive", Class::Remade("locales")),
    ("/usr/share/info/dir", Class::Remade("info")),
    ("/var/cache/man/*", Class::Remade("manuals")),
    ("/var/lib/dpkg/*-old", Class::Either),
    ("/var/lib/dpkg/available", Class::Either),
    ("/var/lib/dpkg/lock*", Class::Either),
    ("/etc/passwd-", Class::Either),
    ("/etc/group-", Class::Either),
    ("/etc/shadow-", Class::Either),
    ("/etc/gshadow-", Class::Either),
    ("/etc/subuid-", Class::Either),
    ("/etc/subgid-", Class::Either),
    ("/etc/.pwd.lock", Class::Either),
    ("/etc/machine-id", Class::Either),
    ("/var/lib/dbus/machine-id", Class::Either),
    ("/var/lib/apt/periodic/*", Class::Either),
    ("/var/lib/apt/lists/*", Class::Either),
    ("/var/cache/*", Class::Either),
    ("/var/log/*", Class::Either),
    ("/var/tmp/*", Class::Either),
    ("/tmp/*", Class::Either),
    ("/run/*", Class::Either),
    ("*.pyc", Class::Either),
];

/// The names of [`Class::Remade`] whose programs work on one folder.
pub(super) const IN_FOLDERS: [&str; 3] = ["schemas", "icons", "modules"];

impl Class {
    pub(super) fn of(path: &OsStr) -> Self {
        let path = String::from_utf8_lossy(path.as_bytes());
        let row = FILES.iter().find(|(pattern, _)| glob_matches(pattern, &path));
        row.map_or(Self::Own, |(_, class)| *class)
    }
}
