//! The rooms of the frontend: each folder imports only folders before it in the order of `lib.rs`, and no two files import each
//! other.

#![cfg(test)]

use std::fs;
use std::path::Path;

use varve_tests::imports::Imports;

#[test]
fn a_room_imports_only_rooms_before_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/src");
    let root = fs::read_to_string(src.join("lib.rs")).unwrap();
    let rooms: Vec<&str> = root
        .lines()
        .filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let index = |module: &str| rooms.iter().position(|room| *room == module);
    let imports = Imports::read(&src).unwrap();
    let upwards = imports.iter().filter_map(|(file, import)| {
        let (from, to) = (file.segments().first()?, import.named.segments().first()?);
        let is_upwards = index(to)? > index(from)?;
        is_upwards.then(|| format!("{file}: {import}"))
    });
    let upwards: Vec<String> = upwards.collect();
    // The program that tests root file systems is a module of this crate still.
    let upwards: Vec<String> = upwards.into_iter().filter(|text| !text.contains("imports checker")).collect();
    assert_eq!(upwards, [""; 0], "the order is {}", rooms.join(", "));
}

#[test]
fn no_files_of_the_frontend_import_each_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/src");
    let cycles = Imports::read(&src).unwrap().cycles();
    assert!(cycles.is_empty(), "files that import each other:\n  {}", cycles.join("\n  "));
}
