//! The directions in which the crates of this workspace may depend on each other and on the outside.

#![cfg(test)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use varve_tests::command::stdout_of;

type Names = &'static [&'static str];

/// Crate, the members it may depend on to run, those that its tests may use too, and the outside crates it must not know.
const RULES: [(&str, Names, Names, Names); 6] = [
    ("varve-spec", &[], &[], &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower"]),
    ("buildkit-llb", &[], &[], &["tokio", "tonic", "hyper-util", "tower", "saphyr-parser"]),
    ("buildkit-gateway", &[], &[], &["saphyr-parser"]),
    (
        "varve-compare",
        // What a platform, a glob and a date are.
        &["varve-spec"],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower", "saphyr-parser"],
    ),
    ("varve", &["varve-spec", "buildkit-llb", "buildkit-gateway"], &[], &["saphyr-parser"]),
    (
        "varve-tests",
        &["varve-compare"],
        &["varve-spec", "varve", "buildkit-gateway", "buildkit-llb"],
        &["saphyr-parser"],
    ),
];

#[test]
fn crates_depend_on_what_their_layer_may_know() {
    let (run, tested) = (dependencies(None), dependencies(Some("dev")));
    let members: Vec<&str> = run.keys().map(String::as_str).collect();
    let mut ruled: Vec<&str> = RULES.iter().map(|(name, ..)| *name).collect();
    ruled.sort();
    assert_eq!(members, ruled, "each member has a rule");
    for (name, allowed, in_tests, banned) in RULES {
        let of = |all: &BTreeMap<String, Vec<String>>| -> Vec<String> {
            all[name].iter().filter(|dependency| members.contains(&dependency.as_str())).cloned().collect()
        };
        let strange = |found: &[String], allowed: &[&str]| -> Vec<String> {
            found.iter().filter(|dependency| !allowed.contains(&dependency.as_str())).cloned().collect()
        };
        assert_eq!(strange(&of(&run), allowed), [""; 0], "{name} must not depend on these");
        assert_eq!(
            strange(&of(&tested), &[allowed, in_tests].concat()),
            [""; 0],
            "nor the tests of {name} on these"
        );
        let known = run[name].iter().find(|dependency| banned.contains(&dependency.as_str()));
        assert_eq!(known, None, "{name} must not know of it");
    }
}

/// The names that each member's Cargo.toml depends on, of one kind: `dev` is for its own tests alone.
fn dependencies(kind: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path", manifest]);
    let metadata: Value = serde_json::from_str(&stdout_of(&mut command).unwrap()).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter()
            .filter(|dependency| dependency["kind"].as_str() == kind)
            .map(|d| text(&d["name"]))
            .collect()
    };
    packages.iter().map(|package| (text(&package["name"]), of(package))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
