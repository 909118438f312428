//! The process of a step `packages` for a distribution: the whole script, its environment and its caches.
//!
//! The script is for a POSIX shell. It refreshes the package lists, upgrades and installs packages, installs the build-only packages, runs
//! the step's own script, keeps what its results are linked to, purges the build-only packages, removes packages, and deletes logs. Lists and downloads are in caches
//! that only this distribution uses. They are mounted at paths where no file of the image is hidden, so they are not in the layer.

mod apk;
pub(super) mod apt;
mod operand;
mod rpm;
mod script;
mod zypper;

use std::collections::BTreeSet;

use super::distribution::Distribution;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::plan::{
    CacheSeed, EnvChange, EnvValue, Mount, MountKind, Name, Package, Packages, Process, RunBy, SHELL, Script,
    Sharing, Snapshot, Upgrade, script_file,
};

use script::words;

/// The process of a step `packages` for a distribution. `shell` is the shell of the stage, for the step's own script. `sharing` is that of
/// the caches: steps that run at the same time wait for each other if it is locked. Returns `None` if no item is for this package manager
/// and the step has no script.
///
/// # Errors
/// All mistakes: the step has a `snapshot`, and this package manager is not apt; it has a name or a version that this package manager does not know; or
/// its script is too long for its shell.
pub fn process(
    packages: &Packages,
    system: &Distribution,
    shell: Option<&[String]>,
    sharing: Sharing,
) -> Result<Option<Process>, Vec<Diagnostic>> {
    let install = Wanted::of(&packages.install, system.manager);
    let build_only = Wanted::of(&packages.build_only, system.manager);
    let remove = Wanted::of(&packages.remove, system.manager);
    let upgrade = match &packages.upgrade {
        Upgrade::All => None,
        Upgrade::Only(packages) => Some(Wanted::of(packages, system.manager).plain),
    };
    let upgrades = upgrade.as_ref().is_none_or(|names| !names.is_empty());
    let mut found = Vec::new();
    let own = own_script(packages, shell).map_err(|error| found.push(*error)).unwrap_or_default();
    let (own, file) = own.unzip();
    if install.is_empty() && build_only.is_empty() && remove.is_empty() && own.is_none() && !upgrades {
        return if found.is_empty() { Ok(None) } else { Err(found) };
    }
    if let Some(snapshot) = packages.snapshot.as_ref().filter(|_| system.manager != Manager::Apt) {
        found.push(*no_archive_by_date(snapshot, system.manager));
    }
    for list in [&packages.install, &packages.build_only] {
        operand::check(list, system.manager, &mut found);
        versions(list, system.manager, &mut found);
    }
    if !found.is_empty() {
        return Err(found);
    }
    let dialect = match system.manager {
        Manager::Apt => apt::dialect(packages, system),
        Manager::Dnf | Manager::Microdnf | Manager::Tdnf | Manager::Yum => rpm::dialect(packages, system),
        Manager::Zypper => zypper::dialect(packages, system),
        Manager::Apk => apk::dialect(system),
    };
    let options = system.manager.entry(&packages.options).map(Vec::as_slice).unwrap_or_default();
    let keep_linked = packages.keep_linked.as_slice();
    let work = script::Work { upgrade, install, build_only, own, keep_linked, remove: remove.plain, options };
    let text = script::script(&dialect, &work);
    let around = &packages.process;
    let set = |(name, value): &(&str, &str)| EnvChange {
        name: (*name).to_owned(),
        change: EnvValue::Set((*value).to_owned()),
    };
    let mut env: Vec<EnvChange> = dialect.env.iter().map(set).collect();
    env.extend(around.env.iter().cloned());
    let caches = dialect.caches.iter().map(|(path, id)| Mount {
        span: packages.span,
        kind: MountKind::Cache {
            path: (*path).to_owned(),
            id: Some(id.clone()),
            sharing,
            seed: CacheSeed::Empty { owner: None, mode: None },
            writable: true,
        },
    });
    let root = Process::of_root(Script::posix(text));
    Ok(Some(Process {
        script: root.script,
        env,
        mounts: caches.chain(around.mounts.iter().cloned()).chain(file.flatten()).collect(),
        user: root.user,
        // Without a script of its own, the step does not depend on the working directory of the stage. With a fixed directory, it
        // has the same cache key in all stages.
        workdir: if packages.has_script() { around.workdir.clone() } else { root.workdir },
        ..around.clone()
    }))
}

/// The error for `snapshot` with a package manager other than apt. Only the repositories of apt have archives by date.
fn no_archive_by_date(snapshot: &Snapshot, manager: Manager) -> Box<Diagnostic> {
    let name = manager.name();
    let message = format!("`snapshot` does not work with {name}: its repositories have no archives by date");
    let address = if manager == Manager::Apk { "uri" } else { "baseurl" };
    let help = format!(
        "remove it, and add the repositories of that day in an earlier step: `repository` with a dated `{address}`; where other \
        variants use apt, write `snapshot: {{if: ..., then: {}}}`",
        snapshot.date.compact()
    );
    Diagnostic::error(Code::BadValue, snapshot.span, message).help(help).into()
}

/// Reports the versions that a package manager does not know. apt, dnf, microdnf, tdnf and yum take a pattern as the version; zypper and apk do not. Only
/// apk has versions with `~`, which match by their first parts (apk-world(5)).
fn versions(packages: &[Package], manager: Manager, found: &mut Vec<Diagnostic>) {
    let has_patterns = !matches!(manager, Manager::Zypper | Manager::Apk);
    for package in packages {
        for name in package.names(manager) {
            let Name::Plain { name, version: Some(version) } = name else { continue };
            let (what, help) = match manager {
                _ if version.contains(['*', '?']) && !has_patterns => {
                    let prefix = version.trim_end_matches(['*', '?', '.']);
                    let help = match manager {
                        Manager::Apk => {
                            format!("write `~{prefix}` for all versions that start with {prefix}")
                        }
                        _ => "write the whole version, or leave it out for the newest one".to_owned(),
                    };
                    ("patterns as versions", help)
                }
                Manager::Apk => continue,
                _ if version.starts_with('~') => {
                    let prefix = version.trim_start_matches('~');
                    let help = match has_patterns {
                        true => format!("write `{prefix}*` for all versions that start with {prefix}"),
                        false => "write the whole version, or leave it out for the newest one".to_owned(),
                    };
                    ("versions with `~`", help)
                }
                _ => continue,
            };
            let message = format!("{} has no {what}, such as `{version}` of `{name}`", manager.name());
            found.push(Diagnostic::error(Code::BadValue, package.span, message).help(help));
        }
    }
}

/// A short description of the step, with the package names for the package manager.
pub fn summary(packages: &Packages, manager: Manager) -> String {
    let mut summary = "packages".to_owned();
    let mut add = |what: &str, items: &[Package]| {
        let wanted = Wanted::of(items, manager);
        let names = wanted.plain.into_iter().chain(wanted.first_of.into_iter().map(|names| names.join("|")));
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            summary.push_str(what);
            summary.push_str(&names.join(" "));
        }
    };
    add(" ", &packages.install);
    if let Upgrade::Only(names) = &packages.upgrade {
        add(" upgrade ", names);
    }
    add(" build-only ", &packages.build_only);
    add(" remove ", &packages.remove);
    if packages.upgrade == Upgrade::All {
        summary.push_str(" upgrade all");
    }
    if let Some(snapshot) = &packages.snapshot {
        summary.push_str(&format!(" at {}", snapshot.date.compact()));
    }
    summary
}

/// The packages to install with one package manager. Each is listed once, in a fixed order.
#[derive(Debug, Default)]
struct Wanted {
    /// Names, with versions in the form of the package manager.
    plain: Vec<String>,
    /// Lists of alternatives. The first name in a list that the repositories have is installed.
    first_of: Vec<Vec<String>>,
}

impl Wanted {
    fn of(packages: &[Package], manager: Manager) -> Self {
        let mut plain = BTreeSet::new();
        let mut first_of: Vec<Vec<String>> = Vec::new();
        for name in packages.iter().flat_map(|package| package.names(manager)) {
            match name {
                Name::Plain { name, version: None } => drop(plain.insert(name.clone())),
                Name::Plain { name, version: Some(version) } => {
                    let between = if matches!(manager, Manager::Apt | Manager::Zypper | Manager::Apk) {
                        '='
                    } else {
                        '-'
                    };
                    plain.insert(format!("{name}{between}{version}"));
                }
                Name::FirstOf(names) if !first_of.contains(names) => first_of.push(names.clone()),
                Name::FirstOf(_) => {}
            }
        }
        first_of.sort();
        Self { plain: plain.into_iter().collect(), first_of }
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.first_of.is_empty()
    }
}

/// The command that runs the step's own script, and the mount with the script if it cannot be an argument. The script runs in the shell of
/// the step, else with the interpreter that it names, else in the shell of the stage, else in the default shell.
fn own_script(
    packages: &Packages,
    stage: Option<&[String]>,
) -> Result<Option<(String, Option<Mount>)>, Box<Diagnostic>> {
    let Script::Run { text, shell } = &packages.process.script else { return Ok(None) };
    if !packages.has_script() {
        return Ok(None);
    }
    let usual = SHELL.map(str::to_owned);
    let shell = shell.as_deref().or(stage).unwrap_or(&usual);
    let in_shell = |text: String| format!("{} {}", words(shell), words(&[text]));
    Ok(Some(match script_file(&packages.process.script, stage, packages.span)? {
        None => (in_shell(text.clone()), None),
        Some(file) if file.run_by == RunBy::Shell => (in_shell(file.command()), Some(file.mount)),
        Some(file) => (file.command(), Some(file.mount)),
    }))
}
