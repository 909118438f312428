//! `docs/compatibility.md` and `docs/differences.md`: every row names tests that exist, or says that it is a gap.

use std::fs;
use std::path::Path;

use varve_tests::machine::Machine;

/// The least number of rows. If there are fewer, the table was not read.
const FEWEST: usize = 50;

struct Row<'t> {
    line: usize,
    feature: &'t str,
    since: &'t str,
    test: &'t str,
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let tables = text.lines().enumerate().filter(|(_, line)| line.starts_with('|'));
    let rows = tables.filter(|(_, line)| !line.starts_with("| feature") && !line.starts_with("|---"));
    rows.map(|(index, line)| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [feature, since, test] = cells[..] else { panic!("line {}: {} cells", index + 1, cells.len()) };
        Row { line: index + 1, feature, since, test }
    })
    .collect()
}

/// The tests that a cell names: texts in backquotes with `::`, pairs of `conformance/`, and cases of `spec/tests/cases/`.
fn named(cell: &str) -> impl Iterator<Item = &str> {
    let is_test = |name: &&str| {
        name.contains("::") || name.starts_with("conformance/") || name.starts_with("spec/tests/cases/")
    };
    cell.split('`').skip(1).step_by(2).filter(is_test)
}

fn exists(workspace: &Path, name: &str) -> bool {
    let Some((file, function)) = name.split_once("::") else {
        return workspace.join("tests").join(name).join("image.yaml").exists()
            || workspace.join(name).is_file();
    };
    // `calls` is a file of this crate; `frontend/tests/calls` is one of that crate's tests, `frontend/src/git_url` any other.
    let places = match file.rsplit_once('/') {
        None => ["alone", "e2e", "repository"].map(|suite| format!("tests/tests/{suite}/{file}.rs")).into(),
        Some((folder, name)) => vec![format!("{folder}/suite/{name}.rs"), format!("{file}.rs")],
    };
    let text = places.iter().find_map(|place| fs::read_to_string(workspace.join(place)).ok());
    let text = text.unwrap_or_default();
    let head = format!("fn {function}()");
    let mut lines =
        text.lines().map(str::trim).scan("", |before, line| Some((std::mem::replace(before, line), line)));
    lines.any(|(before, line)| before == "#[test]" && line.starts_with(&head))
}

#[test]
fn every_row_has_its_test_or_says_that_it_is_a_gap() {
    let workspace = Machine::read().unwrap().workspace;
    let text = fs::read_to_string(workspace.join("docs/compatibility.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() >= FEWEST, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { line, feature, since, test } in &rows {
        if !since.starts_with("0.") {
            wrong.push(format!("{line}: {feature}: no release of BuildKit"));
        }
        if named(test).next().is_none() && !test.starts_with("gap: ") {
            wrong.push(format!("{line}: {feature}: neither a test nor a gap"));
        }
        let missing = named(test).filter(|name| !exists(&workspace, name));
        wrong.extend(missing.map(|name| format!("{line}: {feature}: there is no test `{name}`")));
    }
    assert!(wrong.is_empty(), "docs/compatibility.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_difference_from_dockerfiles_has_its_test() {
    let workspace = Machine::read().unwrap().workspace;
    let text = fs::read_to_string(workspace.join("docs/differences.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    let rows: Vec<&str> = rows.filter(|line| !line.starts_with("| in a Dockerfile")).collect();
    assert!(rows.len() >= 15, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, _, _, tests] = cells[..] else { panic!("{} cells: {row}", cells.len()) };
        assert!(named(tests).next().is_some(), "no test: {row}");
        let missing: Vec<&str> = named(tests).filter(|name| !exists(&workspace, name)).collect();
        assert!(missing.is_empty(), "there is no test {missing:?}");
    }
}

#[test]
fn a_test_that_there_is_not_is_missed() {
    let workspace = Machine::read().unwrap().workspace;
    assert!(exists(&workspace, "compatibility::a_test_that_there_is_not_is_missed"));
    assert!(!exists(&workspace, "compatibility::exists"), "a function, but no test");
    assert!(!exists(&workspace, "compatibility::nothing") && !exists(&workspace, "conformance/nothing"));
}
