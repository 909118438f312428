//! Every case of the folder: what is found, with code, words and exact place, is what the case says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use varve_spec::Code;
use varve_spec::lint::{FoundBy, Rule};

use crate::case::{self, Case};
use crate::mark::Mark;

/// Codes of findings that are made outside of this crate.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::OnBuild, "found while lowering, when the base image is known"),
    (Code::UnknownSystem, "found while lowering, when the base image was looked into"),
    (Code::CheckFailed, "found when the built file system is looked at"),
    (Code::CheckImpossible, "found when the built file system is looked at"),
    (Code::StaleLock, "takes a lock: tested beside `lock`"),
    (Code::FileValue, "takes a file of the repository: tested beside `file_value`"),
];

#[test]
fn every_finding_stands_where_its_case_says() {
    // `VARVE_BLESS=1 cargo test -p varve-spec --test suite` writes what is found into the cases: read the changes.
    let bless = std::env::var_os("VARVE_BLESS").is_some();
    let mut report = String::new();
    for path in case::paths() {
        let written = std::fs::read_to_string(&path).unwrap();
        let case = Case::read(&written);
        let found = case.found();
        if bless {
            std::fs::write(&path, case.with_marks(&found)).unwrap();
        } else if found != case.expected {
            let _ = writeln!(report, "{}\n{}", path.display(), differences(&case.expected, &found));
        } else if case.with_marks(&found) != written {
            let _ = writeln!(report, "{}: a mark is not drawn as it should be", path.display());
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_code_has_a_case() {
    let texts: Vec<String> =
        case::paths().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(code, _)| code.name()).collect();
    // Rules of the check have their tests beside them.
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
        "codes without a case, or with one although listed as made elsewhere: {without:?}"
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

fn differences(expected: &[Mark], found: &[Mark]) -> String {
    let missing = expected.iter().filter(|mark| !found.contains(mark)).map(|mark| ('-', mark));
    let more = found.iter().filter(|mark| !expected.contains(mark)).map(|mark| ('+', mark));
    let mut all: Vec<(char, &Mark)> = missing.chain(more).collect();
    all.sort_by_key(|(sign, mark)| (mark.line(), *sign != '-'));
    let mut lines: Vec<String> = all.iter().map(|(sign, mark)| format!("  {sign} {mark}")).collect();
    if lines.is_empty() {
        lines.push(format!(
            "  {} expected, {} found: one of them stands several times",
            expected.len(),
            found.len()
        ));
    }
    lines.join("\n")
}
