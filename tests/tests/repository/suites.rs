//! Checks that the integration tests of each crate are one program, and that each file of its folder is a module of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use varve_tests::command::stdout_of;

/// The usual integration test of a crate. The crate is linked only once, because there is one program.
const SUITE: &[&str] = &["suite"];
/// The crates with other integration tests.
const OTHERS: [(&str, &[&str]); 2] = [
    // `stdio` starts itself as a frontend, whose standard output is the connection to the daemon. A test harness would print there.
    ("buildkit-gateway", &["stdio", "suite"]),
    // The tests that need an engine, and those that need none.
    ("varve-tests", &["alone", "e2e", "repository"]),
];

/// The main source file of each integration test, by crate and name.
fn programs() -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path", manifest]);
    let metadata: Value = serde_json::from_str(&stdout_of(&mut command).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let tests = |package: &Value| {
        let targets = package["targets"].as_array().unwrap().iter();
        let tests = targets.filter(|target| target["kind"][0] == "test");
        tests.map(|target| (text(&target["name"]), PathBuf::from(text(&target["src_path"])))).collect()
    };
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (text(&package["name"]), tests(package))).collect()
}

/// Adds a file and the files of its modules.
fn follow(file: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(text) = fs::read_to_string(file) else { return };
    found.insert(file.to_owned());
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap();
    // The modules of `main.rs` and `mod.rs` are beside them, those of other files in a folder with their name.
    let own = if stem == "main" || stem == "mod" || folder.ends_with("tests") {
        folder.to_owned()
    } else {
        folder.join(stem)
    };
    let mut path = None;
    for line in text.lines().map(str::trim) {
        if let Some(given) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            path = Some(folder.join(given));
        } else if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            let places = [own.join(format!("{name}.rs")), own.join(name).join("mod.rs")];
            let places = path.take().map_or(places.to_vec(), |path| vec![path]);
            places.iter().for_each(|place| follow(place, found));
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

#[test]
fn the_tests_of_a_crate_are_one_program() {
    for (name, tests) in programs() {
        let found: Vec<&str> = tests.keys().map(String::as_str).collect();
        let known = OTHERS.iter().find(|(known, _)| *known == name).map_or(SUITE, |(_, programs)| programs);
        assert!(
            found.is_empty() || found == known,
            "{name} has the tests {found:?}, expected {known:?}: add a test as a module of the program that exists"
        );
    }
}

#[test]
fn no_file_of_tests_is_forgotten() {
    let mut count = 0;
    for (name, tests) in programs() {
        let mut found = BTreeSet::new();
        tests.values().for_each(|source| follow(source, &mut found));
        let Some(main) = tests.values().next() else { continue };
        let folder = main.ancestors().find(|folder| folder.ends_with("tests")).unwrap();
        let all = sources(folder);
        count += all.len();
        let forgotten: Vec<&PathBuf> = all.iter().filter(|file| !found.contains(*file)).collect();
        assert!(
            forgotten.is_empty(),
            "{name}: no module names these files, so they never run: {forgotten:#?}"
        );
    }
    assert!(count > 100, "{count} files");
}
