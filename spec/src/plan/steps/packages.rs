//! `packages`: packages to install, for any package manager that the base image can have.

use std::collections::BTreeMap;

use super::snapshot::{Snapshot, snapshot};
use super::{Action, credentials, process};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::base::source::Span;
use crate::plan::build::Planner;
use crate::plan::process::{Process, Script, script_text, shell};
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// Packages to install. The layer `packages` turns them into a process when the distribution is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Packages {
    /// The place of the list.
    pub span: Span,
    /// Packages to install.
    pub install: Vec<Package>,
    /// Installed packages to upgrade before the installation.
    pub upgrade: Upgrade,
    /// Packages to install for the script. They are purged after it.
    pub build_only: Vec<Package>,
    /// Paths of files and folders. The packages of the libraries that files there need are not purged.
    pub keep_linked: Vec<String>,
    /// Packages to remove at the end.
    pub remove: Vec<Package>,
    /// Whether weak dependencies are installed too.
    pub recommends: bool,
    /// Whether conflicting packages may be removed.
    pub allow_erasing: bool,
    /// Additional options for the commands that install and upgrade.
    pub options: BTreeMap<Manager, Vec<String>>,
    /// The date of the package archives. `None` for today's packages.
    pub snapshot: Option<Snapshot>,
    /// The script of the step, which is empty if it has none, with the environment, mounts and network of the whole step.
    pub process: Process,
}

/// Which of the installed packages are upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upgrade {
    /// All of them.
    All,
    /// These, if they are installed.
    Only(Vec<Package>),
}

/// The help for a URL with credentials.
const SECRET_OPTION: &str =
    "use a secret for this step: `mounts: [{secret: apt-auth, to: /etc/apt/auth.conf.d/secret.conf}]`";

/// The signs of patterns, versions and constraints, which the name of an installed package does not have. A package manager would not find
/// it, and varve skips packages that are not installed.
const CHOICES: [char; 14] = ['=', '<', '>', '~', '!', '*', '?', '[', ']', '^', '|', '$', '@', '/'];

/// An item in a list of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The place of the item.
    pub span: Span,
    /// The names by package manager. Empty if the names are the same for all.
    by_manager: BTreeMap<Manager, Vec<Name>>,
    /// The names for all other package managers.
    others: Vec<Name>,
}

/// A name of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A name, as the package manager knows it.
    Plain {
        /// The name.
        name: String,
        /// The version, as the package manager writes it. `None` for any version.
        version: Option<String>,
    },
    /// The first of these names that the repositories of the package manager have.
    FirstOf(Vec<String>),
}

impl Package {
    /// The names for a package manager. Empty if the item is not for this one.
    pub fn names(&self, manager: Manager) -> &[Name] {
        manager.entry(&self.by_manager).unwrap_or(&self.others)
    }
}

impl Packages {
    /// Whether the step has a script of its own.
    pub fn has_script(&self) -> bool {
        matches!(&self.process.script, Script::Run { text, .. } if !text.is_empty())
    }
}

pub(super) fn packages(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Action> {
    let text = data.get("run").map(script_text);
    let has_script = text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let shell = shell(data, &mut planner.found);
    let script = Script::Run { text: text.filter(|_| has_script).unwrap_or_default(), shell };
    let process = process(data, script, planner);
    let found = &mut planner.found;
    if let Some(build_only) = data.get("build-only").filter(|_| !has_script) {
        let error = Diagnostic::error(Code::MissingKey, build_only.span, "`build-only` needs `run`");
        found.push(error.help("add the script that needs these packages: varve removes them after it"));
    }
    if let Some(keep) = data.get("keep-linked").filter(|_| data.get("build-only").is_none()) {
        let error = Diagnostic::error(Code::MissingKey, keep.span, "`keep-linked` needs `build-only`");
        found.push(error.help("remove it: without `build-only`, varve removes no libraries"));
    }
    let remove = items(data.get("remove"), found);
    plain_names("remove", &remove, found);
    let upgrade = upgrade(data.get("upgrade"), found);
    credentials::refuse(data.get("options"), SECRET_OPTION, found);
    let options = data.get("options").map(options).unwrap_or_default();
    Some(Action::Packages(Box::new(Packages {
        span: value.span,
        install: items(Some(value), found),
        upgrade,
        build_only: items(data.get("build-only"), found),
        keep_linked: data.texts("keep-linked"),
        remove,
        options,
        recommends: data.bool("recommends").unwrap_or(false),
        allow_erasing: data.bool("allow-erasing").unwrap_or(false),
        snapshot: data.get("snapshot").and_then(|data| snapshot(data, found)),
        process: *process,
    })))
}

/// The packages to upgrade. `true` is a list with this word alone.
fn upgrade(value: Option<&ConcreteValue>, found: &mut Vec<Diagnostic>) -> Upgrade {
    let texts: Vec<&str> = value
        .map(ConcreteValue::items)
        .unwrap_or_default()
        .iter()
        .filter_map(ConcreteValue::as_text)
        .collect();
    match (texts.as_slice(), value) {
        (["true"], Some(value)) if value.items().len() == 1 => return Upgrade::All,
        (["false"], Some(value)) if value.items().len() == 1 => return Upgrade::Only(Vec::new()),
        (texts, Some(value)) if texts.contains(&"true") || texts.contains(&"false") => {
            let error =
                Diagnostic::error(Code::BadValue, value.span, "`upgrade` has both names and a truth value");
            found.push(error.help("write `upgrade: true` for all packages, or list the names of some"));
        }
        _ => {}
    }
    let packages = items(value, found);
    plain_names("upgrade", &packages, found);
    Upgrade::Only(packages)
}

/// Checks that the packages under a key are plain names, since varve looks for each of them among the installed packages.
fn plain_names(key: &str, packages: &[Package], found: &mut Vec<Diagnostic>) {
    for package in packages {
        let mut all = package.by_manager.values().flatten().chain(&package.others);
        let is_one = |name: &Name| match name {
            Name::Plain { name, version: None } => !name.contains(CHOICES),
            _ => false,
        };
        if !all.all(is_one) {
            let message = format!("`{key}` contains a choice, a pattern or a version");
            let error = Diagnostic::error(Code::BadValue, package.span, message).label("expected a name");
            found.push(error.help("list all names: varve skips those that are not installed"));
        }
    }
}

fn options(data: &ConcreteValue) -> BTreeMap<Manager, Vec<String>> {
    let mut options = BTreeMap::new();
    for manager in Manager::ALL {
        if let Some(value) = data.get(manager.name()) {
            options.insert(manager, value.as_texts());
        }
    }
    options
}

fn items(list: Option<&ConcreteValue>, found: &mut Vec<Diagnostic>) -> Vec<Package> {
    let items = list.map(ConcreteValue::items).unwrap_or_default();
    items.iter().map(|item| package(item, found)).collect()
}

fn package(item: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Package {
    let mut by_manager = BTreeMap::new();
    for manager in Manager::ALL {
        if let Some(value) = item.get(manager.name()) {
            by_manager.insert(manager, names(value, found));
        }
    }
    let otherwise = item.get("else");
    let one_name = item.get("name").or(item.get("first-of"));
    match (by_manager.is_empty(), one_name, otherwise) {
        (true, _, None) => return Package { span: item.span, by_manager, others: names(item, found) },
        (false, None, _) => {}
        (_, Some(name), _) => {
            let error = Diagnostic::error(
                Code::KeyConflict,
                name.span,
                "there are both a name for all managers and names for some",
            );
            found.push(error.help("write `else:` for all other managers"));
        }
        (true, None, Some(otherwise)) => {
            let error = Diagnostic::error(
                Code::MissingKey,
                otherwise.span,
                "`else` needs a package manager beside it",
            );
            found.push(error.help("add `apt:`, `dnf:` or another manager, or write only the name"));
        }
    }
    Package {
        span: item.span,
        by_manager,
        others: otherwise.map(|list| names(list, found)).unwrap_or_default(),
    }
}

/// The names in a list, or the name in a map.
fn names(list: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Vec<Name> {
    list.items().iter().filter_map(|item| name(item, found)).collect()
}

fn name(item: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Name> {
    let first_of = item.get("first-of").map(ConcreteValue::as_texts);
    let (name, version) = match &item.kind {
        ConcreteKind::Text(text) => (Some(text.to_string()), None),
        _ => (item.text("name"), item.text("version")),
    };
    let mut error = |code, message: &str, help: &str| {
        found.push(Diagnostic::error(code, item.span, message).help(help));
        None
    };
    match (name, version, first_of) {
        (Some(name), version, None) => Some(Name::Plain { name, version }),
        (None, None, Some(names)) if !names.is_empty() => Some(Name::FirstOf(names)),
        (None, None, Some(_)) => error(Code::BadValue, "`first-of` is empty", "list the possible names"),
        (None, _, None) => {
            error(Code::MissingKey, "the package has no name", "add `name:`, `first-of:` or a manager")
        }
        (_, _, Some(_)) => error(
            Code::KeyConflict,
            "`first-of` cannot be combined with a name or a version",
            "write one of them",
        ),
    }
}
