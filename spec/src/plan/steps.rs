//! Steps: changes of the file system, or settings for the steps after them.

pub(super) mod account;
pub(super) mod copy;
pub(super) mod credentials;
pub(super) mod env;
pub(super) mod fetch;
pub(super) mod layers;
pub(super) mod packages;
mod pattern;
mod pip;
pub(super) mod repository;
pub(super) mod snapshot;

use super::Owner;
use super::build::Planner;
use super::mount;
use super::process::{self, Process, Script, script_text};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::schema::kinds::StepKind;
use crate::schema::scalars;
use crate::variant::concrete::ConcreteValue;
use account::Account;
use copy::{Copy, Origin};
use env::EnvChange;
use layers::Layers;
use packages::Packages;
use repository::Repository;

/// A step without expressions and choices.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The place of the whole item.
    pub span: Span,
    /// The name in the progress of the build. `None` for a name made from the step.
    pub name: Option<String>,
    /// Whether the step runs in every build, even if its result is cached.
    pub no_cache: bool,
    /// What the step does.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Runs a process.
    Run(Box<Process>),
    /// Copies files.
    Copy(Box<Copy>),
    /// Makes a file.
    File {
        /// The path.
        path: String,
        /// The content.
        content: String,
        /// The owner. `None` for root.
        owner: Option<Owner>,
        /// The mode. `None` for 0644.
        mode: Option<u32>,
    },
    /// Makes a directory, and those above it.
    Dir {
        /// The path.
        path: String,
        /// The owner. `None` for root.
        owner: Option<Owner>,
        /// The mode. `None` for 0755.
        mode: Option<u32>,
    },
    /// Makes a symbolic link.
    Symlink {
        /// The path of the link.
        path: String,
        /// The path that the link points to.
        to: String,
        /// The owner. `None` for root.
        owner: Option<Owner>,
    },
    /// Removes files.
    Remove(Remove),
    /// Builds several lists of steps in parallel from the same file system, and merges their results in this order.
    Layers(Layers),
    /// Installs packages.
    Packages(Box<Packages>),
    /// Adds a package repository.
    Repository(Box<Repository>),
    /// Makes or changes a user.
    Account(Box<Account>),
    /// Changes the environment of the steps after it.
    Env(Vec<EnvChange>),
    /// Sets the working directory of the steps after it, and makes the directory.
    Workdir(String),
    /// Sets the user of the steps after it.
    User(String),
    /// Sets the shell of the steps after it.
    Shell(Vec<String>),
}

impl Step {
    /// The origins outside of the stage from which the step reads, each with the paths that it reads there.
    pub fn origins(&self) -> Vec<(&Origin, Vec<&str>)> {
        let mut origins: Vec<(&Origin, Vec<&str>)> = match &self.action {
            Action::Copy(copy) => vec![(&copy.from, texts(&copy.sources))],
            action => {
                let mounts = action.process().into_iter().flat_map(|process| &process.mounts);
                let origins = mounts.filter_map(|mount| mount.kind.origin());
                origins.map(|(from, source)| (from, vec![source.unwrap_or(".")])).collect()
            }
        };
        for index in 0..origins.len() {
            let patches = origins[index].0.patches();
            if !patches.is_empty() {
                origins.push((&Origin::Context, texts(patches)));
            }
        }
        origins
    }
}

fn texts(paths: &[String]) -> Vec<&str> {
    paths.iter().map(String::as_str).collect()
}

impl Action {
    /// The process of the step, with its mounts. `None` for a step without mounts.
    pub fn process(&self) -> Option<&Process> {
        match self {
            Self::Run(process) => Some(process),
            Self::Packages(packages) => Some(&packages.process),
            _ => None,
        }
    }

    pub(crate) fn process_mut(&mut self) -> Option<&mut Process> {
        match self {
            Self::Run(process) => Some(process),
            Self::Packages(packages) => Some(&mut packages.process),
            _ => None,
        }
    }
}

/// Paths to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remove {
    /// The paths, which can have wildcards.
    pub paths: Vec<String>,
    /// Whether the step succeeds if nothing is there.
    pub optional: bool,
}

/// Plans a step.
pub(super) fn step(data: &ConcreteValue, planner: &mut Planner<'_, '_>) -> Option<Step> {
    let (kind, value) = data.step()?;
    let text = || value.as_text().unwrap_or_default().to_owned();
    let owner = || data.text("owner").map(|owner| Owner::parse(&owner));
    let mode = || data.text("mode").and_then(|mode| scalars::octal(&mode));
    let action = match kind {
        StepKind::Run => {
            let shell = process::shell(data, &mut planner.found);
            let text = script_text(value);
            if text.trim().is_empty() {
                planner.found.push(Diagnostic::error(Code::BadValue, value.span, "the script is empty"));
            }
            Action::Run(process(data, Script::Run { text, shell }, planner))
        }
        StepKind::Exec => {
            let argv = value.as_texts();
            if argv.is_empty() {
                planner.found.push(Diagnostic::error(Code::BadValue, value.span, "the command is empty"));
            }
            Action::Run(process(data, Script::Exec(argv), planner))
        }
        StepKind::Copy => Action::Copy(copy::copy(data, value, planner)?.into()),
        StepKind::File => {
            let content = data.text("content").unwrap_or_default();
            Action::File { path: text(), content, owner: owner(), mode: mode() }
        }
        StepKind::Dir => Action::Dir { path: text(), owner: owner(), mode: mode() },
        StepKind::Symlink => {
            Action::Symlink { path: text(), to: data.text("to").unwrap_or_default(), owner: owner() }
        }
        StepKind::Remove => {
            let optional = data.bool("optional").unwrap_or(false);
            let paths = pattern::all_for_buildkit(&value.as_texts(), value, &mut planner.found);
            Action::Remove(Remove { paths, optional })
        }
        StepKind::Download => Action::Copy(fetch::download(data, value, planner)?.into()),
        StepKind::Git => Action::Copy(fetch::git(data, value, planner)?.into()),
        StepKind::Packages => packages::packages(data, value, planner)?,
        StepKind::Repository => repository::repository(data, value, planner)?,
        StepKind::Account => account::account(data, value, planner)?,
        StepKind::Pip => pip::pip(data, value, planner)?,
        StepKind::Layers => layers::layers(data, value, planner)?,
        StepKind::Env => Action::Env(env::changes(value, &mut planner.found)),
        StepKind::Workdir => Action::Workdir(text()),
        StepKind::User => Action::User(text()),
        StepKind::Shell => Action::Shell(process::shell(data, &mut planner.found)?),
        // Expansion has replaced this step by the steps of the fragment.
        StepKind::Use => return None,
    };
    // Steps that only change settings make no vertex, so they have neither of these keys.
    let no_cache = data.get_if_known("no-cache").and_then(ConcreteValue::as_bool).unwrap_or(false);
    let name = data.get_if_known("name").and_then(ConcreteValue::as_text).map(str::to_owned);
    let name = name.or_else(|| (kind == StepKind::Pip).then(|| pip::name(data, value)));
    Some(Step { span: data.span, name, no_cache, action })
}

pub(super) fn process(data: &ConcreteValue, script: Script, planner: &mut Planner<'_, '_>) -> Box<Process> {
    let mounts = data.get("mounts").map(ConcreteValue::items).unwrap_or_default();
    let mounts = mounts.iter().flat_map(|item| mount::mounts(item, planner)).collect();
    Box::new(process::process(data, script, mounts, &mut planner.found))
}
