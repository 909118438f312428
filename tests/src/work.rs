//! Pieces of work in a build: what stands for an installation or a compilation, and how often each of them ran.
//!
//! In the text of a build file, `work(NAME INPUT ...)` stands for a command that takes a stated time and writes a small file. Its output
//! has a number that no other process has, so processes can be counted even if several builds report the same one. The file has the
//! number too: whoever copies it does not get the file of another process, as it is with most programs that are compiled again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::outcome::Outcome;

/// What a process prints before its name.
const MARK: &str = "the work of ";

/// How often a work ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// The number of processes.
    pub processes: usize,
    /// The number of vertices that these processes belong to. It is smaller if a vertex ran twice.
    pub vertices: usize,
}

/// Replaces each `work(NAME INPUT ...)` in a text with a command for the shell. `cost` is the time of each work. The stamp becomes part of
/// each command, so only builds with the same stamp share work.
pub fn with_commands(text: &str, cost: impl Fn(&str) -> Result<Duration>, stamp: &str) -> Result<String> {
    let mut pieces = text.split("work(");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (call, rest) = piece.split_once(')').context("no `)` after `work(`")?;
        let (name, inputs) = call.split_once(' ').unwrap_or((call, ""));
        let seconds = cost(name)?.as_secs_f64();
        let number = "id=$(cat /proc/sys/kernel/random/uuid)";
        let command = format!(
            "({number}; echo \"{MARK}{name} $id\"; sleep {seconds}; echo \"$id {inputs} {stamp}\" > /work-{name})"
        );
        whole.extend([&command, rest]);
    }
    Ok(whole)
}

/// The works that ran in a build, by name.
pub fn counts(outcome: &Outcome) -> BTreeMap<String, Count> {
    let mut found: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for (vertex, output) in &outcome.outputs {
        for line in output.lines() {
            let work = line.split_once(MARK).and_then(|(_, work)| work.split_once(' '));
            if let Some((name, number)) = work {
                let (processes, vertices) = found.entry(name).or_default();
                processes.insert(number.trim());
                vertices.insert(vertex);
            }
        }
    }
    let count = |(processes, vertices): (BTreeSet<&str>, BTreeSet<&str>)| Count {
        processes: processes.len(),
        vertices: vertices.len(),
    };
    found.into_iter().map(|(name, both)| (name.to_owned(), count(both))).collect()
}

/// The names of the works in a text, in order.
pub fn names(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let name = |call: &'_ str| call.find(|c| !is_part(c)).unwrap_or(call.len());
    text.split("work(").skip(1).map(|call| &call[..name(call)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_becomes_a_command() {
        let made = with_commands("run: work(a 1.0) && work(b)", |_| Ok(Duration::from_millis(1200)), "s");
        let command = |name: &str, inputs: &str| {
            format!(
                "(id=$(cat /proc/sys/kernel/random/uuid); echo \"the work of {name} $id\"; sleep 1.2; echo \"$id {inputs} s\" > /work-{name})"
            )
        };
        assert_eq!(made.unwrap(), format!("run: {} && {}", command("a", "1.0"), command("b", "")));
        assert_eq!(names("run: work(a 1.0) && work(b-c)"), ["a", "b-c"]);
    }

    #[test]
    fn a_process_that_two_builds_report_is_one_and_a_vertex_can_have_two() {
        let outputs = [
            ("v1", "the work of a 1\nother\nthe work of a 1\n"),
            ("v2", "the work of a 2\nthe work of b 3\nthe work of b 4\n"),
        ];
        let outputs = outputs.map(|(vertex, output)| (vertex.to_owned(), output.to_owned())).into();
        let outcome = Outcome { outputs, ..Outcome::default() };
        let count = |processes, vertices| Count { processes, vertices };
        assert_eq!(counts(&outcome), [("a".to_owned(), count(2, 2)), ("b".to_owned(), count(2, 1))].into());
    }
}
