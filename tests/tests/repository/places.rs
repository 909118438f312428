//! Checks the places of a change that the compiler does not name: each kind of step and each lint rule is documented, shown, tested
//! and listed. CONTRIBUTING.md describes both changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use varve_spec::lint::{FoundBy, Rule};
use varve_tests::machine::Machine;

/// Kinds of steps and mounts without a pair in `tests/conformance`, each with the reason.
const UNPAIRED: [(&str, &str); 6] = [
    ("step packages", "no instruction of a Dockerfile; see `packages::` of the engine tests"),
    ("step repository", "no instruction of a Dockerfile; see `packages::` of the engine tests"),
    ("step account", "no instruction of a Dockerfile; see `packages::` of the engine tests"),
    ("step pip", "no instruction of a Dockerfile; see `pip::` of the engine tests"),
    ("mount git", "Dockerfiles mount no repository; see `fetch::` of the engine tests"),
    ("mount download", "Dockerfiles mount no download; see `fetch::` of the engine tests"),
];

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

/// Returns the headings of docs/keys.md that start with a word, such as `step run`. The tables of the language generate them.
fn kinds(noun: &str) -> Vec<String> {
    let text = fs::read_to_string(workspace().join("docs/keys.md")).unwrap();
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    headings.filter(|heading| heading.split(' ').next() == Some(noun)).map(str::to_owned).collect()
}

#[test]
fn every_kind_of_step_and_mount_has_a_pair() {
    let folder = workspace().join("tests/conformance");
    let mut keys = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path().join("image.yaml")).unwrap_or_default();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-:".contains(c));
        keys.extend(words.filter_map(|word| word.strip_suffix(':')).map(str::to_owned));
    }
    let kinds = [kinds("step"), kinds("mount")].concat();
    assert!(kinds.len() > 20, "{kinds:?}");
    let has_pair = |kind: &String| keys.contains(kind.split(' ').nth(1).unwrap());
    let excused = |kind: &String| UNPAIRED.iter().any(|(name, _)| name == kind);
    let missing: Vec<&String> = kinds.iter().filter(|kind| !has_pair(kind) && !excused(kind)).collect();
    assert!(
        missing.is_empty(),
        "no pair of tests/conformance has {missing:?}: add one, or say why there is none"
    );
}

#[test]
fn every_kind_of_step_and_every_lint_rule_is_in_the_changelog() {
    let text = fs::read_to_string(workspace().join("CHANGELOG.md")).unwrap();
    let steps = kinds("step").into_iter().map(|kind| kind.trim_start_matches("step ").to_owned());
    let rules = Rule::ALL.iter().filter(|rule| rule.found_by() == FoundBy::Check);
    let names: Vec<String> = steps.chain(rules.map(|rule| rule.code.name().to_owned())).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "CHANGELOG.md does not name {missing:?}");
}

#[test]
fn every_lint_rule_is_a_file_and_every_file_is_a_rule() {
    let folder = workspace().join("spec/src/lint/rules");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().replace('_', "-")).collect();
    let rules: BTreeSet<String> =
        Rule::ALL.iter().filter(|rule| rule.has_file()).map(|rule| rule.code.name().to_owned()).collect();
    let forgotten: Vec<&String> = files.difference(&rules).collect();
    assert!(forgotten.is_empty(), "spec/src/lint/table.rs has no row for {forgotten:?}");
    let missing: Vec<&String> = rules.difference(&files).collect();
    assert!(missing.is_empty(), "{} has no file for {missing:?}", folder.display());
}

/// The files that CONTRIBUTING.md names exist.
#[test]
fn the_walks_of_contributing_name_files_that_exist() {
    let text = fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let (_, walks) = text.split_once("## Two changes, file by file").unwrap();
    let (walks, _) = walks.split_once("\n## ").unwrap_or((walks, ""));
    let steps: Vec<&str> =
        walks.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert!((10..=16).contains(&steps.len()), "{steps:?}");
    for step in steps {
        let path = step.split('`').nth(1).unwrap();
        assert!(workspace().join(path).exists(), "{path} does not exist: {step}");
    }
}
