//! Checks the dependencies of each crate on other members of the workspace and on outside crates.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use varve_tests::command::stdout_of;

type Names = &'static [&'static str];

/// A crate, the members that it may depend on, those that only its tests may depend on, and the outside crates that it must not use.
const RULES: [(&str, Names, Names, Names); 11] = [
    (
        "buildkit-names",
        &[],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "serde_json", "saphyr-parser", "regex-lite"],
    ),
    (
        "varve-spec",
        &["buildkit-names"],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower"],
    ),
    ("buildkit-llb", &["buildkit-names"], &[], &["tokio", "tonic", "hyper-util", "tower", "saphyr-parser"]),
    ("buildkit-gateway", &["buildkit-names"], &[], &["saphyr-parser"]),
    ("varve-archive", &[], &[], &["tokio", "tonic", "prost", "bollard-buildkit-proto", "serde_json", "sha2"]),
    (
        "varve-rootfs",
        &["buildkit-names", "varve-archive"],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "serde_json"],
    ),
    (
        "varve-dockerfile",
        &[],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower", "saphyr-parser"],
    ),
    (
        "varve-frontend",
        &[
            "buildkit-names",
            "varve-spec",
            "varve-dockerfile",
            "varve-rootfs",
            "buildkit-llb",
            "buildkit-gateway",
        ],
        &[],
        &["saphyr-parser", "clap"],
    ),
    (
        "varve-cli",
        &[
            "buildkit-names",
            "varve-spec",
            "varve-frontend",
            "varve-compare",
            "buildkit-gateway",
            "buildkit-llb",
        ],
        &[],
        &["saphyr-parser"],
    ),
    (
        "varve-compare",
        // What a platform and a glob are, and what a date is.
        &["buildkit-names", "varve-spec", "varve-archive"],
        &[],
        &["tokio", "tonic", "prost", "bollard-buildkit-proto", "hyper-util", "tower", "saphyr-parser"],
    ),
    (
        "varve-tests",
        &["varve-compare", "varve-spec", "varve-cli"],
        &["varve-archive", "varve-frontend", "buildkit-gateway", "buildkit-llb"],
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
            let others = all[name].iter().filter(|dependency| *dependency != name);
            others.filter(|dependency| members.contains(&dependency.as_str())).cloned().collect()
        };
        let strange = |found: &[String], allowed: &[&str]| -> Vec<String> {
            found.iter().filter(|dependency| !allowed.contains(&dependency.as_str())).cloned().collect()
        };
        assert_eq!(strange(&of(&run), allowed), [""; 0], "{name} must not depend on these");
        assert_eq!(
            strange(&of(&tested), &[allowed, in_tests].concat()),
            [""; 0],
            "the tests of {name} must not depend on these"
        );
        let known = run[name].iter().find(|dependency| banned.contains(&dependency.as_str()));
        assert_eq!(known, None, "{name} must not use this crate");
    }
}

/// The daemon in memory is only for tests. No program contains it, because only tests depend on the feature.
#[test]
fn the_daemon_in_memory_is_for_tests_alone() {
    let enables = |dependency: &Value| {
        let features = dependency["features"].as_array().unwrap();
        dependency["name"] == "buildkit-gateway" && features.contains(&Value::from("testing"))
    };
    let all = packages().into_iter().flat_map(|package| package["dependencies"].as_array().unwrap().clone());
    let (in_tests, to_run): (Vec<_>, Vec<_>) =
        all.filter(enables).partition(|dependency| dependency["kind"].as_str() == Some("dev"));
    assert_eq!(to_run, [Value::Null; 0]);
    assert!(!in_tests.is_empty(), "the feature has another name");
}

/// Returns the names of the dependencies in each member's Cargo.toml, of one kind: `dev` for those that only its tests use.
fn dependencies(kind: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter()
            .filter(|dependency| dependency["kind"].as_str() == kind)
            .map(|d| text(&d["name"]))
            .collect()
    };
    packages().iter().map(|package| (text(&package["name"]), of(package))).collect()
}

/// Returns the members of the workspace, as cargo describes them.
fn packages() -> Vec<Value> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path", manifest]);
    let metadata: Value = serde_json::from_str(&stdout_of(&mut command).unwrap()).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
