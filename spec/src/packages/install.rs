//! What a `packages` step runs on a system: the whole script, its environment and its caches, as plain data. Nothing is
//! implied that does not stand in it.
//!
//! The script is POSIX shell and goes: refresh the lists, install, install what is wanted for the build alone, run the
//! step's own script, purge what came for the build alone, remove, clear traces. Lists and downloads are kept in caches of
//! this system alone, mounted where no file of the image is hidden, so the layer has none of them.

mod apk;
mod apt;
mod rpm;
mod script;
mod zypper;

use std::collections::BTreeSet;

use super::distribution::Distribution;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::plan::{
    EnvChange, EnvValue, Mount, MountKind, Name, Package, Packages, Process, SHELL, Script, Sharing, Snapshot,
};

use script::words;

/// The process of a `packages` step on a system. `shell` is that of the stage, for the step's own script. Nothing when no
/// item is for this manager and nothing is to be run.
///
/// # Errors
/// The step wants the packages of a day, and this manager has no archive by date.
pub fn process(
    packages: &Packages,
    system: &Distribution,
    shell: Option<&[String]>,
) -> Result<Option<Process>, Box<Diagnostic>> {
    let install = Wanted::of(&packages.install, system.manager);
    let build_only = Wanted::of(&packages.build_only, system.manager);
    let remove = Wanted::of(&packages.remove, system.manager);
    let own = own_script(packages, shell);
    if install.is_empty() && build_only.is_empty() && remove.is_empty() && own.is_none() {
        return Ok(None);
    }
    if let Some(snapshot) = packages.snapshot.as_ref().filter(|_| system.manager != Manager::Apt) {
        return Err(no_archive_by_date(snapshot, system.manager));
    }
    let dialect = match system.manager {
        Manager::Apt => apt::dialect(packages, system),
        Manager::Dnf | Manager::Microdnf | Manager::Tdnf | Manager::Yum => rpm::dialect(packages, system),
        Manager::Zypper => zypper::dialect(packages, system),
        Manager::Apk => apk::dialect(system),
    };
    let text = script::script(&dialect, &script::Work { install, build_only, own, remove: remove.plain });
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
            sharing: Sharing::Locked,
            owner: None,
            mode: None,
        },
    });
    let root = Process::of_root(Script::posix(text));
    Ok(Some(Process {
        script: root.script,
        env,
        mounts: caches.chain(around.mounts.iter().cloned()).collect(),
        user: root.user,
        // Without a script of its own, the step is the same wherever the stage works.
        workdir: if packages.has_script() { around.workdir.clone() } else { root.workdir },
        ..around.clone()
    }))
}

/// Of all managers, apt alone has archives that serve any day.
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

/// The step in a few words, with the names that the manager gets.
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
    add(" build-only ", &packages.build_only);
    add(" remove ", &packages.remove);
    if let Some(snapshot) = &packages.snapshot {
        summary.push_str(&format!(" at {}", snapshot.date.compact()));
    }
    summary
}

/// What one manager has to install: each name once, in order.
#[derive(Debug, Default)]
struct Wanted {
    /// Names, with versions as the manager writes them.
    plain: Vec<String>,
    /// Alternatives, of which the first counts that the manager knows.
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

/// The step's own script as a command: its own shell, else the stage's, else the usual one.
fn own_script(packages: &Packages, stage: Option<&[String]>) -> Option<String> {
    let Script::Run { text, shell } = &packages.process.script else { return None };
    let usual = SHELL.map(str::to_owned);
    let shell = shell.as_deref().or(stage).unwrap_or(&usual);
    packages.has_script().then(|| format!("{} {}", words(shell), words(std::slice::from_ref(text))))
}
