//! The workflows that `varve ci` writes for the examples: each is within the limits of the code host, and builds everything once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use varve_tests::workflow::{parse, rules};

/// The examples, with the number of their published builds and of the jobs that build, at most 200.
const EXAMPLES: &[(&str, usize, usize)] = &[
    ("dynamo", 71, 96),
    ("iree", 6, 8),
    ("itwinai", 21, 25),
    ("quickstart", 6, 6),
    ("rapids", 104, 200),
    ("therock", 1197, 200),
];

fn varve(words: &[&str]) -> String {
    let answer = varve_cli::run(words, varve_cli::Colours::default());
    assert_eq!(answer.code, 0, "{words:?}: {}", answer.err);
    String::from_utf8(answer.out).unwrap()
}

/// The platforms of targets of bake.
fn platforms(bake: &Value, name: &str) -> BTreeSet<String> {
    match bake["target"][name]["platforms"].as_array() {
        Some(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        None => ["linux/amd64".to_owned()].into(),
    }
}

#[test]
fn the_workflows_of_the_examples_are_valid_and_build_everything_once() {
    let mut found = Vec::new();
    for (example, ..) in EXAMPLES {
        let file = format!("../examples/{example}/image.yaml");
        let text = varve(&["ci", &file]);
        assert_eq!(rules::problems(&text), [""; 0], "{example}");
        let workflow = parse(&text).unwrap();
        let jobs = workflow["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
        let mut built: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for job in jobs {
            for target in job["targets"].as_str().unwrap().split(' ') {
                let platform = job["platform"].as_str().unwrap().to_owned();
                assert!(built.entry(target.to_owned()).or_default().insert(platform), "{target} twice");
            }
        }
        let bake: Value = serde_json::from_str(&varve(&["bake", &file])).unwrap();
        for (name, built) in &built {
            assert_eq!(*built, platforms(&bake, name), "{example}: {name}");
        }
        let published: Value = serde_json::from_str(&varve(&["matrix", "--format", "gha", &file])).unwrap();
        assert_eq!(built.len(), published["include"].as_array().unwrap().len(), "{example}");
        found.push((*example, built.len(), jobs.len()));
    }
    assert_eq!(found, EXAMPLES);
}
