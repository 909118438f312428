//! The licences of all dependencies.

use std::process::Command;

use serde_json::Value;
use varve_tests::command::stdout_of;

/// Licences that require no more than a notice.
const ALLOWED: [&str; 9] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
    // Its conditions are those of Zlib.
    "bzip2-1.0.6",
];

#[test]
fn every_dependency_has_an_allowed_licence() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    // Only crates for this operating system are checked, because those for others may not be downloaded.
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    command.args(["metadata", "--format-version=1", "--locked", "--filter-platform", &target]);
    let metadata = stdout_of(command.args(["--manifest-path", manifest])).unwrap();
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 20, "the dependencies are listed");
    let refused: Vec<String> = packages
        .iter()
        .map(|package| (&package["name"], package["license"].as_str().unwrap_or("none")))
        .filter(|(_, licence)| !is_allowed(licence))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect();
    assert_eq!(refused, [""; 0], "these licences are not in the list: may the project use them?");
}

/// Whether an SPDX expression allows a choice of allowed licences. `/` is an old spelling of OR.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    // AND binds more tightly than OR. Parentheses are ignored, which is stricter where they make OR bind more tightly.
    expression
        .split(" OR ")
        .any(|choice| choice.split(" AND ").all(|licence| ALLOWED.contains(&licence.trim())))
}

#[test]
fn expressions_are_read() {
    assert!(is_allowed("MIT OR GPL-3.0"));
    assert!(is_allowed("MIT/Apache-2.0"));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!is_allowed("MIT AND GPL-3.0"));
    assert!(!is_allowed("none"));
}
