//! Checks that no files of a crate import each other, directly or indirectly, except a module file and its children.

use std::path::Path;

use varve_tests::imports::Imports;

#[test]
fn buildkit_names() {
    check("names/src");
}

#[test]
fn buildkit_llb() {
    check("frontend/llb/src");
}

#[test]
fn varve_dockerfile() {
    check("frontend/dockerfile/src");
}

#[test]
fn varve_frontend() {
    check("frontend/src");
}

#[test]
fn buildkit_gateway() {
    check("frontend/gateway/src");
}

/// Lists the cycles of one crate.
fn check(src: &str) {
    let imports = Imports::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(src)).unwrap();
    let cycles = imports.cycles();
    assert!(cycles.is_empty(), "{src}: files that import each other:\n  {}", cycles.join("\n  "));
}
