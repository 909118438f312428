#![doc = include_str!("../README.md")]

mod accounts;
mod changes;
mod content;
mod flatten;
mod join;
mod linked;
mod names;
mod packages;
mod patch;
mod put;
mod query;
mod size;
mod tree;
mod unpack;

use std::os::unix::fs::MetadataExt as _;

pub use accounts::owner;
pub use flatten::flatten;
pub use join::{JoinRequest, Rest, join, join_args, join_request};
pub use linked::LinkedQuery;
pub use patch::patch;
pub use query::{FileQuery, Owner, RootfsQuery, args};
pub use size::in_words as size_in_words;
use tree::{Kind, Tree};
pub use unpack::{UnpackRequest, unpack, unpack_args, unpack_request};

/// The command that tests a root file system.
pub const COMMAND: &str = "test";

/// The command that unpacks archives into a root file system.
pub const UNPACK: &str = "unpack";

/// The command that applies patches to a tree of files.
pub const PATCH: &str = "patch";

/// The command that looks up the owner of files.
pub const OWNER: &str = "owner";

/// The command that joins layers which were built beside each other.
pub const JOIN: &str = "join";

/// The command that makes a file system what it is after several steps.
pub const FLATTEN: &str = "flatten";

/// The largest number of paths or packages that are named.
const MOST_NAMED: usize = 10;

/// The reason why a command fails.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The test fails, with one line for each violation, the archives cannot be unpacked, the
    /// patches do not fit, the owner does not exist, or layers cannot be joined.
    Violated(Vec<String>),
    /// The result cannot be determined. The text is the reason.
    Unknown(String),
}

/// What the process writes, and its exit code.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lines for standard error.
    pub text: String,
    /// The exit code.
    pub code: i32,
}

/// Runs the program with these arguments, which start with [`COMMAND`], [`UNPACK`], [`PATCH`], [`OWNER`], [`JOIN`] or
/// [`FLATTEN`].
pub fn answer(arguments: &[String]) -> Answer {
    let result = match arguments.split_first() {
        Some((command, rest)) if command == COMMAND => check(rest),
        Some((command, rest)) if command == UNPACK => unpack(rest),
        Some((command, rest)) if command == PATCH => patch(rest),
        Some((command, rest)) if command == OWNER => owner(rest),
        Some((command, rest)) if command == JOIN => join(rest),
        Some((command, rest)) if command == FLATTEN => flatten(rest),
        _ => Err(Failure::Unknown(format!(
            "expected the command `{COMMAND}`, `{UNPACK}`, `{PATCH}`, `{OWNER}`, `{JOIN}` or `{FLATTEN}`"
        ))),
    };
    let (lines, code) = match result {
        Ok(()) => (Vec::new(), 0),
        Err(Failure::Violated(lines)) => (lines, 1),
        Err(Failure::Unknown(reason)) => (vec![reason], 2),
    };
    Answer { text: lines.iter().map(|line| format!("{line}\n")).collect(), code }
}

/// Runs one test. The arguments are those after [`COMMAND`]: the root and the query.
///
/// # Errors
/// Returns the violations if the test fails, or the reason why its result cannot be determined.
pub fn check(arguments: &[String]) -> Result<(), Failure> {
    let (root, question) = query::parse(arguments).map_err(Failure::Unknown)?;
    let violations = violations(&Tree::new(root), &question).map_err(Failure::Unknown)?;
    if violations.is_empty() { Ok(()) } else { Err(Failure::Violated(violations)) }
}

fn violations(tree: &Tree, question: &RootfsQuery) -> Result<Vec<String>, String> {
    match question {
        RootfsQuery::File(claim) => file(tree, claim, Kind::File),
        RootfsQuery::Dir(claim) => file(tree, claim, Kind::Folder),
        RootfsQuery::Absent(patterns) => {
            let mut found = Vec::new();
            for pattern in patterns {
                found.extend(tree.matching(pattern)?);
            }
            found.sort();
            found.dedup();
            Ok(named(found.into_iter().map(|path| format!("{path} exists")).collect()))
        }
        RootfsQuery::PackagesAbsent(patterns) => {
            let mut installed = packages::installed(tree)?;
            installed.retain(|(name, _)| is_meant(name, patterns));
            let line = |(name, database)| format!("the package {name} is installed ({database})");
            Ok(named(installed.into_iter().map(line).collect()))
        }
        RootfsQuery::MaxSize(most) => size::violations(tree, *most),
        RootfsQuery::Linked(query) => Ok(named(linked::violations(tree, query)?)),
        RootfsQuery::User { wanted, actual } => names::user(tree, wanted, actual),
    }
}

/// Whether a list of patterns includes a name. The last pattern that matches decides; a pattern with `!` in front excludes the
/// name.
fn is_meant(name: &str, patterns: &[String]) -> bool {
    let fits = |pattern: &&String| buildkit_names::glob_matches(pattern.trim_start_matches('!'), name);
    patterns.iter().rfind(fits).is_some_and(|pattern| !pattern.starts_with('!'))
}

/// Tests a file or a folder, and returns its violations.
fn file(tree: &Tree, claim: &FileQuery, wanted: Kind) -> Result<Vec<String>, String> {
    let path = &claim.path;
    let Some(real) = tree.follow(path)? else {
        return Ok(vec![match tree.look(path)? {
            Some(_) => format!("{path} is a link to a missing file"),
            None => format!("{path} does not exist"),
        }]);
    };
    let metadata = tree::metadata(&real)?;
    let kind = Kind::of(&metadata);
    if kind != wanted {
        return Ok(vec![format!("{path} is {}, expected {}", kind.noun(), wanted.noun())]);
    }
    let mut lines = Vec::new();
    let mode = metadata.mode() & 0o7777;
    if let Some(wanted) = claim.mode.filter(|wanted| *wanted != mode) {
        lines.push(format!("{path} has the mode {mode:04o}, expected {wanted:04o}"));
    }
    if let Some(owner) = &claim.owner {
        lines.extend(names::owner(tree, path, owner, (metadata.uid(), metadata.gid()))?);
    }
    for text in &claim.contains {
        if !content::contains(&real, text)? {
            lines.push(format!("{path} does not contain {text:?}"));
        }
    }
    if let Some(wanted) = &claim.sha256 {
        let digest = content::sha256(&real)?;
        if digest != *wanted {
            lines.push(format!("{path} has the sha256 {digest}, expected {wanted}"));
        }
    }
    Ok(lines)
}

/// Returns the first lines, and a line with the number of the others.
fn named(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_NAMED);
    if more > 1 {
        lines.truncate(MOST_NAMED);
        lines.push(format!("and {more} more"));
    }
    lines
}

#[cfg(test)]
mod tests;
