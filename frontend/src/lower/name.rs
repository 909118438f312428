//! Names of steps: one line for the progress, and the full description for the history of the image.

use std::borrow::Cow;

use buildkit_llb::{Metadata, Output, Vertex};
use buildkit_names::redacted;
use varve_spec::packages::install;
use varve_spec::plan::{Action, Copy, EnvChange, EnvValue, Origin, Process, Script, Stage, Step};
use varve_spec::{Manager, Span};

use super::{Lowerer, StageInfo};

/// The largest length of a name in the progress, in characters.
const LONGEST: usize = 160;

impl Lowerer<'_, '_> {
    /// Formats the name of an operation: `[runtime 3/7] run make install`, or `[linux/arm64 runtime 3/7] ...` if several platforms
    /// are built.
    pub(super) fn named(&self, info: &StageInfo<'_>, number: usize, label: &str) -> String {
        let prefix = self.prefix(info.stage);
        ["[", &prefix, " ", &number.to_string(), &info.of_all, label].concat()
    }

    /// Names an operation that a step needs beside its own, and returns its file system. The name is made of these words.
    pub(super) fn part(
        &mut self,
        vertex: Vertex,
        (info, span): (&StageInfo<'_>, Span),
        words: &[&str],
    ) -> Option<Output> {
        let name = ["[", &self.prefix(info.stage), "] ", &words.concat()].concat();
        self.graph.describe(vertex, Metadata::named(name));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }

    pub(super) fn prefix<'s>(&self, stage: &'s Stage) -> Cow<'s, str> {
        match self.inputs.name_platform {
            false => Cow::Borrowed(&stage.name),
            true => format!("{} {}", self.platform_of(stage), stage.name).into(),
        }
    }
}

/// Returns the number of operations that a step counts as in names. A step that only changes settings counts as none.
pub(super) fn operations(action: &Action) -> usize {
    match action {
        Action::Env(_) | Action::User(_) | Action::Shell(_) => 0,
        // The operations of the layers, the merge, and the join.
        Action::Layers(layers) => {
            1 + usize::from(layers.need_join())
                + layers
                    .layers
                    .iter()
                    .flat_map(|layer| &layer.steps)
                    .map(|step| operations(&step.action))
                    .sum::<usize>()
        }
        _ => 1,
    }
}

/// Describes an action in one line for the progress. For a script, it is the first line, followed by ` ...` if there are more.
pub(super) fn of_step(action: &Action) -> String {
    first_line(&history(action, None)).into_owned()
}

/// Returns the line for the progress: the name that the step sets, otherwise a description of what it does.
pub(crate) fn label(step: &Step, manager: Option<Manager>) -> String {
    step.name.clone().unwrap_or_else(|| first_line(&history(&step.action, manager)).into_owned())
}

/// Returns the first line of a description, shortened if it is too long for the progress.
pub(super) fn first_line(description: &str) -> Cow<'_, str> {
    if description.len() <= LONGEST && !description.contains('\n') {
        return description.trim().into();
    }
    let mut lines = description.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = match lines.next() {
        // The script starts on the line below `run: |`.
        Some("run") => lines.next().map_or(Cow::Borrowed("run"), |line| format!("run {line}").into()),
        first => first.unwrap_or_default().into(),
    };
    let cut = first.char_indices().nth(LONGEST).map_or(first.len(), |(at, _)| at);
    if lines.next().is_some() || cut < first.len() { format!("{} ...", &first[..cut]).into() } else { first }
}

/// Describes an action completely, for the history, without the passwords of its URLs. For example, `copy a.txt to /`.
pub(super) fn history(action: &Action, manager: Option<Manager>) -> String {
    // Before anything is cut, since a part of a URL is not recognised.
    redacted(&describe(action, manager)).into_owned()
}

fn describe(action: &Action, manager: Option<Manager>) -> String {
    match action {
        Action::Run(process) => describe_process(process),
        Action::Copy(copy) => describe_copy(copy),
        Action::File { path, .. } => format!("file {path}"),
        Action::Dir { path, .. } => format!("dir {path}"),
        Action::Symlink { path, to, .. } => format!("symlink {path} to {to}"),
        Action::Remove(remove) => format!("remove {}", remove.paths.join(" ")),
        Action::Packages(step) => {
            manager.map_or_else(|| "packages".to_owned(), |manager| install::summary(step, manager))
        }
        Action::Repository(repository) => format!("repository {}", repository.name),
        Action::Account(account) => format!("account {}", account.name),
        Action::Layers(layers) => {
            let names: Vec<&str> = layers.layers.iter().map(|layer| layer.name.as_str()).collect();
            format!("layers {}", names.join(" "))
        }
        Action::Env(entries) => {
            let entries: Vec<String> = entries.iter().map(describe_env_change).collect();
            format!("env {}", entries.join(" "))
        }
        Action::Workdir(path) => format!("workdir {path}"),
        Action::User(user) => format!("user {user}"),
        Action::Shell(shell) => format!("shell {}", shell.join(" ")),
    }
}

fn describe_process(process: &Process) -> String {
    match &process.script {
        Script::Run { text, .. } => ["run ", text.trim()].concat(),
        Script::Exec(argv) => format!("exec {}", argv.join(" ")),
    }
}

fn describe_copy(copy: &Copy) -> String {
    let sources = copy.sources.join(" ");
    match &copy.from {
        Origin::Context => format!("copy {sources} to {}", copy.to),
        Origin::Stage(_, stage) => format!("copy {sources} of {stage} to {}", copy.to),
        Origin::Download(download) => format!("download {} to {}", download.url, copy.to),
        Origin::Git(git) => {
            let reference =
                git.reference.as_ref().map(|reference| format!(" at {reference}")).unwrap_or_default();
            let patches = if git.apply.is_empty() { "" } else { " with " };
            format!("git {}{reference}{patches}{} to {}", git.url, git.apply.join(" "), copy.to)
        }
        Origin::Image(image) => format!("copy {sources} of {} to {}", image.reference, copy.to),
    }
}

fn describe_env_change(change: &EnvChange) -> String {
    let EnvChange { name, change } = change;
    match change {
        EnvValue::Set(value) => format!("{name}={value}"),
        EnvValue::Prepend(value) => format!("{name}={value}:${name}"),
        EnvValue::Append(value) => format!("{name}=${name}:{value}"),
        EnvValue::Unset => format!("-{name}"),
    }
}
