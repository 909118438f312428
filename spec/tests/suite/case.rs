//! Cases: build files with directives at their top. The expected diagnostics are written below their places as marks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use varve_spec::{Diagnostic, Family, Platform, Selection, Sources};

use crate::mark::Mark;

/// A parsed case.
pub(crate) struct Case {
    /// The lines of the build file, without the marks.
    pub(crate) lines: Vec<String>,
    pub(crate) expected: Vec<Mark>,
    directives: BTreeSet<String>,
    selection: Selection,
}

/// The paths of all cases, sorted.
pub(crate) fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("a readable folder").path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    paths
}

impl Case {
    /// Parses a case. Directives are comments at its top: `#! arg NAME=VALUE`, `#! target NAME`, `#! platform OS/ARCH` and
    /// `#! build-platform OS/ARCH` set the selection. `#! crlf`, `#! no-newline` and `#! empty` change the text of the file.
    pub(crate) fn read(text: &str) -> Self {
        let mut lines: Vec<String> = Vec::new();
        let mut expected: Vec<Mark> = Vec::new();
        let mut marked = false;
        for line in text.lines() {
            let above = lines.len().max(1) as u32;
            if let Some(mark) = Mark::parse(line, above) {
                expected.push(mark);
                marked = true;
            } else if !(marked && expected.last_mut().is_some_and(|mark| mark.take_note(line))) {
                lines.push(line.to_owned());
                marked = false;
            }
        }
        let directives: BTreeSet<String> =
            lines.iter().filter_map(|line| line.strip_prefix("#! ")).map(str::to_owned).collect();
        expected.sort();
        let selection = selection(&directives);
        Self { lines, expected, directives, selection }
    }

    /// The text of the build file.
    pub(crate) fn text(&self) -> String {
        let has = |directive: &str| self.directives.contains(directive);
        if has("empty") {
            return String::new();
        }
        let mut text = self.lines.join("\n");
        if !has("no-newline") {
            text.push('\n');
        }
        if has("crlf") { text.replace('\n', "\r\n") } else { text }
    }

    /// The diagnostics of reading, selecting and planning the file.
    pub(crate) fn found(&self) -> Vec<Mark> {
        let sources = Sources::single("image.yaml", self.text());
        let mut found: Vec<Mark> =
            run(&sources, &self.selection).iter().map(|found| Mark::of(found, &sources)).collect();
        found.sort();
        found
    }

    /// The text of the case with these marks.
    pub(crate) fn with_marks(&self, marks: &[Mark]) -> String {
        let mut text = String::new();
        let last = self.lines.len();
        let below = |mark: &Mark| (mark.line() as usize).clamp(1, last.max(1));
        for (index, line) in self.lines.iter().enumerate() {
            text.push_str(line);
            text.push('\n');
            for mark in marks.iter().filter(|mark| below(mark) == index + 1) {
                for line in mark.lines(last, line.chars().count()) {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        text
    }
}

/// Reads and plans the sources. Returns all errors and warnings.
pub(crate) fn run(sources: &Sources, selection: &Selection) -> Vec<Diagnostic> {
    let reading = Family::read(sources);
    let mut found = reading.found;
    let Some(family) = reading.family else { return found };
    match family.select(selection) {
        Ok(variant) => {
            found.extend(variant.warnings.iter().cloned());
            found.extend(variant.plan().err().unwrap_or_default());
        }
        Err(more) => found.extend(more),
    }
    found
}

fn selection(directives: &BTreeSet<String>) -> Selection {
    let with = |prefix: &str| {
        let prefix = format!("{prefix} ");
        directives
            .iter()
            .filter_map(move |line| line.strip_prefix(&prefix).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let args = with("arg").into_iter().map(|arg| {
        let (name, value) = arg.split_once('=').expect("`#! arg NAME=VALUE`");
        (name.to_owned(), value.to_owned())
    });
    let platform = |directive: &str| {
        let written = with(directive).pop().unwrap_or_else(|| "linux/amd64".to_owned());
        let mut parts = written.splitn(3, '/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Platform::of_parts(&part(), &part(), &part())
    };
    Selection {
        args: args.collect::<BTreeMap<_, _>>(),
        target: with("target").pop(),
        build_platform: platform("build-platform"),
        ..Selection::new(platform("platform"))
    }
}
