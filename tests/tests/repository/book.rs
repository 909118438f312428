//! The book: generated pages are up to date, links have targets, and every page is in the table of contents.

mod diagnostics;
mod links;

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use varve_spec::key_reference;
use varve_tests::machine::Machine;

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

/// The files below a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.to_string_lossy().ends_with(ending) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Compares a page with the text that is generated for it. `UPDATE_EXPECT=1 cargo test -p varve-tests` writes the page.
fn up_to_date(page: &str, generated: &str) {
    expect_file![workspace().join("docs").join(page)].assert_eq(generated);
}

#[test]
fn the_page_of_all_keys_is_what_the_tables_give() {
    up_to_date("keys.md", &key_reference());
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let docs = workspace().join("docs");
    let contents = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let pages = files(&docs, ".md");
    let pages = pages.iter().map(|page| page.strip_prefix(&docs).unwrap().display().to_string());
    let missing: Vec<String> =
        pages.filter(|page| page != "SUMMARY.md" && !contents.contains(&format!("({page})"))).collect();
    assert_eq!(missing, [""; 0], "docs/SUMMARY.md does not tell of these");
}
