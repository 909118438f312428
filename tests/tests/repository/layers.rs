//! Checks that the folders of a crate are layers: each imports only folders before it, in the order of the `mod` lines of its
//! `lib.rs`. The picture in ARCHITECTURE.md is generated from the same data.

use std::path::PathBuf;

use expect_test::expect_file;
use varve_tests::layers::{Layer, backward, layers, picture};
use varve_tests::machine::Machine;

/// The crates with layers, and the least number of layers of each.
const CRATES: [(&str, &str, usize); 2] =
    [("varve-spec", "spec/src", 12), ("varve-frontend", "frontend/src", 9)];

fn of(src: &str) -> Vec<Layer> {
    layers(&workspace().join(src)).unwrap()
}

fn workspace() -> PathBuf {
    Machine::read().unwrap().workspace
}

#[test]
fn folders_import_only_folders_before_them() {
    for (name, src, fewest) in CRATES {
        let layers = of(src);
        assert!(layers.len() >= fewest, "{name}: {layers:?}");
        assert_eq!(backward(&layers), [""; 0], "{name}");
    }
}

#[test]
fn the_picture_of_the_architecture_is_that_of_the_code() {
    let crates = CRATES.map(|(name, src, _)| (name, of(src)));
    expect_file![workspace().join("docs/layers.svg")].assert_eq(&picture(&crates));
    let text = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    assert!(text.contains("](docs/layers.svg)"), "ARCHITECTURE.md shows the picture");
}
