//! Checks every case in `tests/cases`: its diagnostics have exactly the codes, messages and places of its marks.

use std::collections::BTreeSet;

use varve_spec::Code;
use varve_spec::lint::{FoundBy, Rule};

use crate::case::{self, Case};
use crate::golden;

/// Codes whose diagnostics need more than a build file, and where these are tested.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::OnBuild, "reported while lowering, when the base image is known"),
    (Code::UnknownSystem, "reported while lowering, when the distribution of the base image is known"),
    (Code::PackageSiblings, "needs the distribution: tested beside `lint/package_steps`"),
    (Code::CheckFailed, "reported when the image tests run"),
    (Code::CheckImpossible, "reported when the image tests run"),
    (Code::LeftOut, "needs a build: tested beside the annotations of a real index"),
    (Code::StaleLock, "needs a lock file: tested beside `lock`"),
    (Code::FileValue, "needs a file of the repository: tested beside `file_value`"),
];

/// `UPDATE_EXPECT=1 cargo test -p varve-spec` writes the diagnostics into the cases. Read the changes before you commit them.
#[test]
fn every_finding_stands_where_its_case_says() {
    golden::check(case::paths().into_iter().map(|path| {
        let case = Case::read(&std::fs::read_to_string(&path).unwrap());
        let marked = case.with_marks(&case.found());
        (path, marked)
    }));
}

#[test]
fn every_code_has_a_case() {
    let texts: Vec<String> =
        case::paths().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(code, _)| code.name()).collect();
    // The files of the lint rules have tests of their own.
    let rules = Rule::ALL.iter().filter(|rule| rule.found_by() == FoundBy::Check);
    elsewhere.extend(rules.map(|rule| rule.code.name()));
    let without: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.name())
        .filter(|name| {
            texts.iter().any(|text| text.contains(&format!("[{name}]: "))) == elsewhere.contains(name)
        })
        .collect();
    assert!(
        without.is_empty(),
        "these codes have no case, or have one although `ELSEWHERE` lists them: {without:?}"
    );
}

#[test]
fn messages_are_lower_case_fragments() {
    for path in case::paths() {
        for mark in Case::read(&std::fs::read_to_string(&path).unwrap()).expected {
            let shown = mark.to_string();
            let (_, message) = shown.split_once("]: ").unwrap();
            let line = message.lines().next().unwrap();
            assert!(!line.ends_with('.') || line.ends_with("..."), "{}: {line}", path.display());
            let reason = shown.contains("[unsupported]");
            assert!(reason || !line.starts_with(char::is_uppercase), "{}: {line}", path.display());
        }
    }
}
