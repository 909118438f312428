//! What the name of a package may contain, for each package manager.
//!
//! A name is an operand of the package manager, and each has signs of its own there. Those that mean one package, or a version of it,
//! are allowed. A sign that the package manager reads as something else, or not at all, is an error before the build.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::plan::{Name, Package};

/// The signs that a package manager knows in the name of a package, besides letters, digits and `.+-_`.
struct Signs {
    /// The signs that are allowed anywhere in a name.
    anywhere: &'static str,
    /// The signs that are allowed at the start.
    first: &'static str,
    /// The signs that are allowed at the end.
    last: &'static str,
    /// What a name can be, for the label of an error.
    expected: &'static str,
}

/// The signs of apt (apt-get(8)): `name=version` with a pattern for the version, `name/release`, `name:architecture`, `task^`, and the
/// path of a file.
const APT: Signs = Signs {
    anywhere: "=:/~",
    first: "/",
    last: "^",
    expected: "a name, `NAME=VERSION`, `NAME/RELEASE`, `NAME:ARCHITECTURE`, `TASK^` or the path of a file",
};

/// The signs of dnf and its relatives (dnf(8), "Specifying Packages"): `name-version.architecture`, in which a version can have `~`, `^` and
/// an epoch; shell patterns; capabilities such as `perl(Foo::Bar)`; `@group` and the path of a file.
const DNF: Signs = Signs {
    anywhere: ":/~^*?[]()",
    first: "@/*?[",
    last: "",
    expected: "a name, `NAME-VERSION`, `NAME.ARCHITECTURE`, a pattern, `@GROUP`, a capability such as `perl(Foo)`, or a path",
};

/// The signs of zypper (zypper(8), "install"): `name=version` and other comparisons, `repository:name`, shell patterns, capabilities, and
/// the path of a file.
const ZYPPER: Signs = Signs {
    anywhere: "=<>:/~^*?[]()",
    first: "/*?[",
    last: "",
    expected: "a name, `NAME=VERSION` or another comparison, a pattern, `REPOSITORY:NAME`, a capability, or a path",
};

/// The signs of apk (apk-world(5)): `name=version` and other comparisons, `name@tag`, `cmd:name`, and the path of a file.
const APK: Signs = Signs {
    anywhere: "=<>~@:/",
    first: "./",
    last: "",
    expected: "a name, `NAME=VERSION` or another comparison, `NAME@TAG`, `cmd:PROGRAM`, or the path of a file",
};

fn signs(manager: Manager) -> &'static Signs {
    match manager {
        Manager::Apt => &APT,
        Manager::Dnf | Manager::Microdnf | Manager::Tdnf | Manager::Yum => &DNF,
        Manager::Zypper => &ZYPPER,
        Manager::Apk => &APK,
    }
}

/// Reports the names of packages that a package manager does not know.
pub(super) fn check(packages: &[Package], manager: Manager, found: &mut Vec<Diagnostic>) {
    for package in packages {
        for name in package.names(manager) {
            let (names, version): (&[String], _) = match name {
                Name::Plain { name, version } => (std::slice::from_ref(name), version.as_deref()),
                Name::FirstOf(names) => (names, None),
            };
            for name in names {
                let wrong = of_name(name, manager).or_else(|| two_versions(name, version, manager));
                if let Some((reason, help)) = wrong {
                    let message = format!("`{name}` is not a package for {}: {reason}", manager.name());
                    let error = Diagnostic::error(Code::BadValue, package.span, message);
                    let error = error.label(format!("expected {}", signs(manager).expected));
                    found.push(error.help(help));
                }
            }
        }
    }
}

/// The reason against a name, and what to write.
fn of_name(name: &str, manager: Manager) -> Option<(String, String)> {
    let signs = signs(manager);
    let is_sign = |c: char| !c.is_ascii_alphanumeric() && !".+-_".contains(c);
    let last = name.len().saturating_sub(1);
    let wrong = name.char_indices().find(|(at, c)| match at {
        0 => is_sign(*c) && !signs.first.contains(*c),
        at => is_sign(*c) && !signs.anywhere.contains(*c) && !(*at == last && signs.last.contains(*c)),
    });
    let (_, sign) = wrong?;
    Some((format!("it contains `{sign}`"), help(name, sign, manager)))
}

fn help(name: &str, sign: char, manager: Manager) -> String {
    let start = name.find(['<', '>', '=', '~', '!']).unwrap_or(name.len());
    let (before, after) = name.split_at(start);
    let version = after.trim_start_matches(['<', '>', '=', '~', '!']);
    match (sign, manager) {
        ('!', _) if before.is_empty() => format!("to remove it, write `remove: [{version}]`"),
        ('<' | '>' | '=' | '!', Manager::Apt) => format!(
            "apt compares no versions: write one version or a pattern, such as `{{name: {before}, version: \"{version}*\"}}`"
        ),
        ('=', _) => format!("write `{{name: {before}, version: \"{version}\"}}`"),
        ('<' | '>' | '!', _) => format!(
            "it compares no versions here: write one version or a pattern, such as `{{name: {before}, version: \"{version}*\"}}`"
        ),
        ('*' | '?' | '[' | ']' | '^' | '$' | '|', _) => {
            format!("{} has no patterns that mean what a shell means: list the names", manager.name())
        }
        _ => "write the name as the repositories have it".to_owned(),
    }
}

/// The reason against a version in the name beside the key `version`.
fn two_versions(name: &str, version: Option<&str>, manager: Manager) -> Option<(String, String)> {
    let compares = name.contains(['=', '<', '>']) || (manager == Manager::Apk && name.contains('~'));
    (version.is_some() && compares).then(|| {
        (
            "it has a version already".to_owned(),
            "write the version once: `{name: NAME, version: VERSION}`".to_owned(),
        )
    })
}
