//! A step: what is done to the file system, or a setting of what follows.

use super::command::{self, Process, Script};
use super::env::{self, EnvChange};
use super::{Owner, mount};
use crate::data::{Data, Kind};
use crate::diagnostic::{Code, Diagnostic};
use crate::scalar;
use crate::source::Span;

/// A step of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where it stands: the whole item.
    pub span: Span,
    /// What the progress shows instead of the step's own text.
    pub name: Option<String>,
    /// Whether it runs in every build.
    pub no_cache: bool,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Runs a process.
    Run(Box<Process>),
    /// Copies files.
    Copy(Copy),
    /// Writes a file.
    File {
        /// Its path.
        path: String,
        /// Its content.
        content: String,
        /// Its owner; root when left out.
        owner: Option<Owner>,
        /// Its mode; 0644 when left out.
        mode: Option<u32>,
    },
    /// Makes a directory and those above it.
    Dir {
        /// Its path.
        path: String,
        /// Its owner; root when left out.
        owner: Option<Owner>,
        /// Its mode; 0755 when left out.
        mode: Option<u32>,
    },
    /// Makes a symbolic link.
    Symlink {
        /// Its path.
        path: String,
        /// What it points at.
        to: String,
        /// Its owner; root when left out.
        owner: Option<Owner>,
    },
    /// Removes files.
    Remove(Remove),
    /// Sets environment variables of what follows.
    Env(Vec<EnvChange>),
    /// Sets the directory of what follows and makes it.
    Workdir(String),
    /// Sets the user of what follows.
    User(String),
    /// Sets the shell of what follows.
    Shell(Vec<String>),
}

/// Files to copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Where they come from.
    pub from: Origin,
    /// Their paths there, with wildcards.
    pub sources: Vec<String>,
    /// Where they go.
    pub to: String,
    /// Their owner; root when left out.
    pub owner: Option<Owner>,
    /// Their mode, in octal digits or as changes; as they are when left out.
    pub mode: Option<String>,
    /// Patterns of what is left out.
    pub exclude: Vec<String>,
    /// Whether links are followed.
    pub follow_links: bool,
    /// Whether nothing to copy is no mistake.
    pub optional: bool,
}

/// Paths to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remove {
    /// The paths, with wildcards.
    pub paths: Vec<String>,
    /// Whether nothing there is no mistake.
    pub optional: bool,
}

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The build context.
    Context,
    /// A stage, by its index in the plan.
    Stage(usize),
    /// An image, as the user wrote it.
    Image(String, Span),
}

/// Turns the data of a step into the step.
pub(super) fn step(
    data: &Data,
    origin: &mut dyn FnMut(Option<&Data>) -> Origin,
    found: &mut Vec<Diagnostic>,
) -> Option<Step> {
    let form = data.form()?;
    let value = data.get(form.key.name)?;
    let text = || value.as_text().unwrap_or_default().to_owned();
    let owner = || data.text("owner").map(|owner| Owner::parse(&owner));
    let mode = || data.text("mode").and_then(|mode| scalar::octal(&mode));
    let action = match form.key.name {
        "run" => {
            let shell = data.get("shell").map(Data::as_texts);
            let text = match &value.kind {
                Kind::Text(text) => text.to_string(),
                _ => value.as_texts().join("\n"),
            };
            if text.trim().is_empty() {
                found.push(Diagnostic::error(Code::BadValue, value.span, "nothing to run"));
            }
            process(data, Script::Run { text, shell }, origin, found)
        }
        "exec" => {
            let argv = value.as_texts();
            if argv.is_empty() {
                found.push(Diagnostic::error(Code::BadValue, value.span, "nothing to run"));
            }
            process(data, Script::Exec(argv), origin, found)
        }
        "copy" => Action::Copy(copy(data, value, origin, found)?),
        "file" => {
            let content = data.text("content").unwrap_or_default();
            Action::File { path: text(), content, owner: owner(), mode: mode() }
        }
        "dir" => Action::Dir { path: text(), owner: owner(), mode: mode() },
        "symlink" => {
            Action::Symlink { path: text(), to: data.text("to").unwrap_or_default(), owner: owner() }
        }
        "remove" => {
            let optional = data.bool("optional").unwrap_or(false);
            Action::Remove(Remove { paths: value.as_texts(), optional })
        }
        "env" => Action::Env(env::changes(value, found)),
        "workdir" => Action::Workdir(text()),
        "user" => Action::User(text()),
        "shell" => Action::Shell(value.as_texts()),
        _ => return None,
    };
    let no_cache = data.bool("no-cache").unwrap_or(false);
    Some(Step { span: data.span, name: data.text("name"), no_cache, action })
}

fn process(
    data: &Data,
    script: Script,
    origin: &mut dyn FnMut(Option<&Data>) -> Origin,
    found: &mut Vec<Diagnostic>,
) -> Action {
    let mounts = data.get("mounts").map(Data::items).unwrap_or_default();
    let mounts = mounts.iter().flat_map(|item| mount::mounts(item, origin)).collect();
    Action::Run(Box::new(command::process(data, script, mounts, found)))
}

fn copy(
    data: &Data,
    value: &Data,
    origin: &mut dyn FnMut(Option<&Data>) -> Origin,
    found: &mut Vec<Diagnostic>,
) -> Option<Copy> {
    let mut sources = value.as_texts();
    let to = match (data.text("to"), sources.as_slice()) {
        (Some(to), _) => to,
        (None, [short]) => {
            let words: Vec<String> = short.split_whitespace().map(str::to_owned).collect();
            let [from @ .., to] = words.as_slice() else { return None };
            if from.is_empty() {
                let error = Diagnostic::error(
                    Code::MissingKey,
                    value.span,
                    format!("`copy: {short}` does not say where to"),
                );
                found.push(error.help(format!("write `copy: {short} DEST`, or put `to: DEST` beside it")));
                return None;
            }
            let (from, to) = (from.to_vec(), to.clone());
            sources = from;
            to
        }
        (None, _) => {
            let error =
                Diagnostic::error(Code::MissingKey, value.span, "`copy` of a list does not say where to");
            found.push(error.help("put `to: DEST/` beside it"));
            return None;
        }
    };
    if sources.is_empty() {
        found.push(Diagnostic::error(Code::BadValue, value.span, "nothing to copy"));
        return None;
    }
    if sources.len() > 1 && !to.ends_with('/') && to != "." {
        let error =
            Diagnostic::error(Code::BadValue, value.span, format!("several paths are copied to `{to}`"));
        found.push(error.help(format!("write `{to}/`: a folder ends in `/`")));
    }
    Some(Copy {
        from: origin(data.get("from")),
        sources,
        to,
        owner: data.text("owner").map(|owner| Owner::parse(&owner)),
        mode: data.text("mode"),
        exclude: data.texts("exclude"),
        follow_links: data.bool("follow-links").unwrap_or(true),
        optional: data.bool("optional").unwrap_or(false),
    })
}
