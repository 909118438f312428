//! The directions in which the crates of this workspace may depend on each other and on the outside.

#![cfg(test)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use varve_tests::command::stdout_of;

/// Crate, the members it may depend on, and the outside crates it must not know.
const RULES: [(&str, &[&str], &[&str]); 5] = [
    ("varve-spec", &[], &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower"]),
    ("buildkit-llb", &[], &["tokio", "tonic", "hyper-util", "tower", "saphyr-parser"]),
    ("buildkit-gateway", &[], &["saphyr-parser"]),
    ("varve", &["varve-spec", "buildkit-llb", "buildkit-gateway"], &["saphyr-parser"]),
    ("varve-tests", &["varve-spec", "buildkit-llb", "buildkit-gateway"], &[]),
];

#[test]
fn crates_depend_on_what_their_layer_may_know() {
    let crates = direct_dependencies();
    let members: Vec<&str> = crates.keys().map(String::as_str).collect();
    let mut ruled: Vec<&str> = RULES.iter().map(|(name, ..)| *name).collect();
    ruled.sort();
    assert_eq!(members, ruled, "each member has a rule");
    for (name, allowed, banned) in RULES {
        for dependency in &crates[name] {
            let is_member = members.contains(&dependency.as_str());
            assert!(
                !is_member || allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
            assert!(!banned.contains(&dependency.as_str()), "{name} must not know of {dependency}");
        }
    }
}

/// The names that each member's Cargo.toml depends on to run; what its own tests use does not count.
fn direct_dependencies() -> BTreeMap<String, Vec<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path", manifest]);
    let metadata: Value = serde_json::from_str(&stdout_of(&mut command).unwrap()).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().unwrap();
    all.iter().filter(|dependency| dependency["kind"].is_null()).map(|d| text(&d["name"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
