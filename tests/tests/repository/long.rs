//! Checks the results of the long suites (`.ci/long`): each suite has passed, and nothing that it tests has changed since.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use varve_tests::command::{stdout_of, succeeds};
use varve_tests::machine::Machine;
use varve_tests::progress::say;

/// A suite and its last result.
struct Suite {
    name: String,
    /// The paths that it tests.
    paths: Vec<String>,
    result: String,
}

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(workspace()).args(arguments);
    command
}

/// The suites that `.ci/long` knows.
fn suites() -> Vec<Suite> {
    let list = stdout_of(Command::new("bash").current_dir(workspace()).args([".ci/long", "--list"])).unwrap();
    let suite = |line: &str| {
        let (name, paths) = line.split_once('\t').unwrap();
        let file = workspace().join(format!(".ci/long.d/{name}.txt"));
        let result = fs::read_to_string(file).unwrap_or_default();
        let paths = paths.split(' ').map(str::to_owned).collect();
        Suite { name: name.to_owned(), paths, result }
    };
    list.lines().map(suite).collect()
}

impl Suite {
    /// A field of the result file.
    fn field(&self, name: &str) -> Option<&str> {
        self.result.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Returns what is wrong with the result, apart from its age.
    fn mistake(&self) -> Option<String> {
        let command = format!("run `bash .ci/long {}` and commit the result", self.name);
        if self.result.is_empty() {
            return Some(format!("the suite `{}` has no result: {command}", self.name));
        }
        if self.field("result") != Some("passed") {
            return Some(format!("the suite `{}` has not passed: {command}", self.name));
        }
        if self.field("paths") != Some(&self.paths.join(" ")) {
            return Some(format!("the suite `{}` has other paths than its result: {command}", self.name));
        }
        let missing = self.paths.iter().find(|path| !workspace().join(path).exists());
        missing.map(|path| format!("the suite `{}` tests {path}, which does not exist", self.name))
    }

    /// The commits that changed the tested paths after the result.
    fn later_changes(&self) -> Option<String> {
        let commit = self.field("commit")?;
        // After a rebase the branch no longer has the commit. Then the commits since the date of the result are listed.
        let since = match succeeds(&mut git(&["cat-file", "-e", &format!("{commit}^{{commit}}")])) {
            true => format!("{commit}..HEAD"),
            false => format!("--since={}", self.field("date")?),
        };
        let mut log = git(&["log", "--format=%h %cs %s", &since, "--"]);
        let changes = stdout_of(log.args(&self.paths)).unwrap();
        let name = &self.name;
        let text = format!(
            "`{name}` is older than these changes: run `bash .ci/long {name}` and commit the result\n{changes}"
        );
        (!changes.is_empty()).then_some(text)
    }
}

#[test]
fn every_long_suite_has_passed() {
    let suites = suites();
    assert!(!suites.is_empty());
    let mistakes: Vec<String> = suites.iter().filter_map(Suite::mistake).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn nothing_has_changed_since_a_long_suite_passed() {
    match stdout_of(&mut git(&["rev-parse", "--is-shallow-repository"])).as_deref().map(str::trim) {
        Ok("false") => {}
        Ok(_) => {
            return say(
                "not tested: this clone has no history (shallow), so the age of .ci/long.d is unknown",
            );
        }
        Err(_) => return say("not tested: this is no git repository, so the age of .ci/long.d is unknown"),
    }
    let stale: Vec<String> = suites().iter().filter_map(Suite::later_changes).collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
