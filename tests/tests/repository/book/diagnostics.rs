//! Generates `docs/diagnostics.md`: the meaning of every code, when it is reported, and an example. Each code also has a page of its own
//! with the same text, `docs/codes/CODE.md`, to which code hosts link.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use varve_spec::{
    Code, Diagnostic, Directive, Family, FoundBy, MatrixQuery, Platform, Rule, Selection, Severity, Sources,
    check,
};

use super::{files, up_to_date, workspace};

const HEAD: &str = "# Diagnostics

Every diagnostic has a code, which is printed before the message. The messages below are real: each comes from a file that a test reads.

Errors end a build, and warnings do not. A lint diagnostic comes only from `varve check` or `--call=check`, which read the whole family.
[When a mistake is found](tools.md#when-a-mistake-is-found) says which mistakes a build reports before anything is pulled.

If something is meant as it is, write `x-check: skip=CODE` [beside it](language.md#x-check), for example `x-check: skip=unused-stage` in a
stage. An error that fails every build cannot be skipped.
";

/// The end of the page of a code.
const FOOT: &str = "[Diagnostics](../diagnostics.md) has all codes, and says how to skip the findings of one.
";

/// Codes whose diagnostics need more than a build file, with the text in place of an example.
const ELSEWHERE: &[(Code, Severity, &str)] = &[
    (Code::OnBuild, Severity::Warning, "varve reports it when it has resolved the base image."),
    (
        Code::CheckFailed,
        Severity::Error,
        "varve reports it when it runs the image tests of a stage or target.",
    ),
    (
        Code::CheckImpossible,
        Severity::Error,
        "varve reports it when it runs the image tests of a stage or target.",
    ),
    (Code::UnknownSystem, Severity::Error, "varve reports it when it has resolved the base image."),
    (Code::Include, Severity::Error, "varve reports it when it reads the included files."),
    (Code::StaleLock, Severity::Warning, "varve reports it when there is an `image.lock`."),
    (Code::LeftOut, Severity::Warning, "varve reports it when it knows for which platforms it builds."),
    (Code::Sampled, Severity::Warning, "varve reports it for families with too many variants."),
];

/// A build file and the selection for its build.
struct Case {
    text: String,
    selection: Selection,
    /// The paths that the context does not have: `#! missing PATH`.
    missing: Vec<String>,
}

impl Case {
    fn read(written: &str) -> Option<Self> {
        let directives: Vec<&str> = written.lines().filter_map(|line| line.strip_prefix("#! ")).collect();
        if ["crlf", "no-newline", "empty"].iter().any(|odd| directives.contains(odd)) {
            return None;
        }
        let of = |name: &str| {
            let prefix = format!("{name} ");
            directives.iter().filter_map(|line| line.strip_prefix(&prefix)).collect::<Vec<_>>()
        };
        let pair = |text: &str, by: char| text.split_once(by).map(|(a, b)| (a.to_owned(), b.to_owned()));
        let (os, arch) =
            of("platform").pop().and_then(|text| pair(text, '/')).unwrap_or(("linux".into(), "amd64".into()));
        let selection = Selection {
            args: of("arg").into_iter().filter_map(|arg| pair(arg, '=')).collect::<BTreeMap<_, _>>(),
            target: of("target").pop().map(str::to_owned),
            ..Selection::new(Platform::new(&os, &arch))
        };
        let missing = of("missing").into_iter().map(str::to_owned).collect();
        Some(Self { text: without_comments(written), selection, missing })
    }

    /// Returns the diagnostics of the reader, the plan and the linter.
    fn found(&self, sources: &Sources) -> Vec<Diagnostic> {
        let reading = Family::read(sources);
        let mut found = Vec::new();
        if let Some(family) = &reading.family {
            match family.select(&self.selection) {
                Ok(variant) => {
                    found.extend(variant.warnings.iter().cloned());
                    found.extend(variant.plan().err().unwrap_or_default());
                }
                Err(errors) => found.extend(errors),
            }
        }
        let mut query = MatrixQuery::new(self.selection.platform.clone());
        let paths = reading.family.iter().flat_map(|family| family.context_paths(&query));
        query.missing_paths = paths.filter(|path| self.missing.contains(&path.path)).collect();
        found.extend(check(&reading, sources, &query, &Directive::default()).found);
        found
    }
}

/// The text of a case without its marks and directives, which are lines of their own.
fn without_comments(written: &str) -> String {
    let kept = written.lines().filter(|line| !line.starts_with('#') || line.starts_with("# check="));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// Returns the first diagnostic with a code. Files that are named after the code are tried first.
fn example(code: Code) -> Option<(Severity, String)> {
    let root = workspace();
    let mut paths = files(&root.join("tests/diagnostics"), ".yaml");
    paths.extend(files(&root.join("spec/tests/cases"), ".yaml"));
    let named =
        |path: &&std::path::PathBuf| !path.file_stem().unwrap().to_string_lossy().starts_with(code.name());
    paths.sort_by_key(|path| named(&path));
    paths.iter().find_map(|path| {
        let written = fs::read_to_string(path).unwrap();
        let case = Case::read(&written)?;
        let sources = Sources::single("image.yaml", case.text.clone());
        let found = case.found(&sources);
        let found = found.iter().find(|found| found.code == code)?;
        Some((found.severity, found.excerpt(&sources)))
    })
}

/// The text about each code, under its heading.
fn sections() -> Vec<(Code, String)> {
    let mut sections = Vec::new();
    let mut without = Vec::new();
    for code in Code::ALL {
        let elsewhere = ELSEWHERE.iter().find(|(known, ..)| known == code);
        let example = example(*code);
        let rule = Rule::ALL.iter().find(|rule| rule.code == *code);
        let by_check = rule.is_some_and(|rule| rule.found_by() == FoundBy::Check);
        let severity =
            example.as_ref().map(|(severity, _)| *severity).or(elsewhere.map(|(_, severity, _)| *severity));
        let severity = match (by_check, severity == Some(Severity::Warning)) {
            (true, true) => "Lint warning",
            (true, false) => "Lint error",
            (false, true) => "Warning",
            (false, false) => "Error",
        };
        let mut text = format!("{severity}. {}\n", code.doc().replace('\n', " "));
        match (&example, elsewhere) {
            (Some((_, excerpt)), _) => {
                let _ = write!(text, "\n```text\n{}\n```\n", excerpt.trim_end());
            }
            (None, Some((.., reason))) => {
                let _ = write!(text, "\n{reason}\n");
            }
            (None, None) => without.push(code.name()),
        }
        sections.push((*code, text));
    }
    assert_eq!(without, [""; 0], "add files to tests/diagnostics that give findings with these codes");
    sections
}

#[test]
fn every_code_is_explained_and_shown() {
    let sections = sections();
    let mut page = HEAD.to_owned();
    let mut names = BTreeSet::new();
    for (code, text) in &sections {
        let name = code.name();
        let _ = write!(page, "\n## {name}\n\n{text}");
        up_to_date(&format!("codes/{name}.md"), &format!("# {name}\n\n{text}\n{FOOT}"));
        names.insert(format!("{name}.md"));
    }
    up_to_date("diagnostics.md", &page);
    let pages = files(&workspace().join("docs/codes"), ".md");
    let left = pages.iter().map(|page| page.file_name().unwrap().to_string_lossy().into_owned());
    let left: Vec<String> = left.filter(|page| !names.contains(page)).collect();
    assert_eq!(left, [""; 0], "no code has these pages");
}
