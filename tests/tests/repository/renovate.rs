//! The preset for Renovate (`default.json`): its regular expressions find what build files and locks pin, and replace only that.
//!
//! Renovate runs them with RE2, or else with the engine of JavaScript (`lib/util/regex.ts`). What they use means the same there and in the
//! engine of this test: groups with names, classes, repetitions and alternatives, leftmost first.

use std::collections::BTreeMap;
use std::fs;

use regex_lite::Regex;
use serde_json::Value;
use varve_spec::{External, ImageName, Lock};
use varve_tests::machine::Machine;

type Groups = BTreeMap<String, String>;

fn preset() -> Value {
    let workspace = Machine::read().unwrap().workspace;
    serde_json::from_str(&fs::read_to_string(workspace.join("default.json")).unwrap()).unwrap()
}

/// What a match gives: its groups, and the text that an update replaces (`lib/modules/manager/custom/regex/strategies.ts`).
fn matches(manager: &Value, content: &str) -> Vec<(Groups, String)> {
    let patterns: Vec<&str> =
        manager["matchStrings"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    match manager["matchStringsStrategy"].as_str() {
        None => patterns.iter().flat_map(|pattern| found(pattern, content)).collect(),
        Some("recursive") => {
            let start = vec![(Groups::new(), content.to_owned())];
            patterns.iter().fold(start, |outer, pattern| {
                let inner = outer.into_iter().flat_map(|(groups, content)| {
                    let inner = found(pattern, &content).into_iter();
                    inner.map(move |(more, text)| (groups.clone().into_iter().chain(more).collect(), text))
                });
                inner.collect()
            })
        }
        other => panic!("{other:?}"),
    }
}

fn found(pattern: &str, content: &str) -> Vec<(Groups, String)> {
    for unknown in ["(?=", "(?!", "(?<=", "(?<!", "\\1"] {
        assert!(!pattern.contains(unknown), "RE2 has no {unknown}");
    }
    let regex = Regex::new(pattern).unwrap();
    let found = regex.captures_iter(content).map(|captures| {
        let named = regex.capture_names().flatten();
        let groups =
            named.filter_map(|name| Some((name.to_owned(), captures.name(name)?.as_str().to_owned())));
        (groups.collect(), captures[0].to_owned())
    });
    found.collect()
}

/// The managers whose files have this name.
fn managers(file: &str) -> Vec<Value> {
    let preset = preset();
    let of = |manager: &&Value| {
        let patterns = manager["managerFilePatterns"].as_array().unwrap().iter();
        patterns
            .map(|one| one.as_str().unwrap().trim_matches('/'))
            .any(|one| Regex::new(one).unwrap().is_match(file))
    };
    preset["customManagers"].as_array().unwrap().iter().filter(of).cloned().collect()
}

/// `NAME VALUE DIGEST` of everything that the managers of a file find in a text.
fn all(file: &str, text: &str) -> Vec<String> {
    let found = managers(file).into_iter().flat_map(|manager| matches(&manager, text));
    let found = found.map(|(groups, _)| {
        let of = |key: &str| groups.get(key).cloned().unwrap_or_default();
        format!("{}{} {} {}", of("depName"), of("packageName"), of("currentValue"), of("currentDigest"))
            .trim_end()
            .to_owned()
    });
    found.collect()
}

fn hex(digit: char, count: usize) -> String {
    digit.to_string().repeat(count)
}

#[test]
fn the_names_of_a_build_file_are_found() {
    let digest = format!("sha256:{}", hex('a', 64));
    let text = format!(
        "axes:
  os:
    old: {{image: \"python:3.12-slim\", x: 1}}
    new: {{image: debian:12}}
stages:
  a: {{from: \"registry.example.com:5000/acme/base:1.2@{digest}\"}}
  b:
    from: ghcr.io/acme/tool:v2   # a comment
    steps:
      - {{copy: /bin/x, from: \"alpine:3.20\", to: /}}
      - {{git: \"https://example.com/a.git\", ref: v1.2.3, to: /a}}
      - git: https://example.com/b.git
        ref: 2.0
        commit: {commit}
        to: /b
  c:
    from: a
  d: {{from: \"${{{{ os.image }}}}\"}}
  e: {{from: \"debian:${{{{ os }}}}\", steps: [{{git: \"https://example.com/c.git\", ref: main, to: /c}}]}}
",
        commit = hex('b', 40)
    );
    let expect = [
        "python 3.12-slim".to_owned(),
        "debian 12".to_owned(),
        format!("registry.example.com:5000/acme/base 1.2 {digest}"),
        "ghcr.io/acme/tool v2".to_owned(),
        "alpine 3.20".to_owned(),
        "https://example.com/a.git v1.2.3".to_owned(),
        format!("https://example.com/b.git 2.0 {}", hex('b', 40)),
    ];
    assert_eq!(all("docker/image.yaml", &text), expect);
    assert_eq!(all("docker/other.yaml", &text), [""; 0]);
}

#[test]
fn the_names_of_the_examples_are_found() {
    let examples = Machine::read().unwrap().workspace.join("examples");
    let of =
        |name: &str| all("image.yaml", &fs::read_to_string(examples.join(name).join("image.yaml")).unwrap());
    assert!(of("quickstart").contains(&"python 3.13-slim-bookworm".to_owned()), "{:?}", of("quickstart"));
    assert_eq!(of("self"), ["rust 1-bookworm"]);
    // Names that are computed are none that Renovate could change. The lock has their digests.
    for name in ["rapids", "therock", "dynamo", "iree", "itwinai"] {
        assert!(of(name).iter().all(|found| !found.contains("${{")), "{:?}", of(name));
    }
}

#[test]
fn each_pin_of_a_lock_is_found_and_replaced_alone() {
    let image = |name: &str| External::Image { reference: ImageName::new(name), platform: None };
    let git = |url: &str, reference: &str| External::Git {
        url: url.to_owned(),
        reference: Some(reference.to_owned()),
    };
    let old = |digit: char, external: &External| match external {
        External::Git { .. } => hex(digit, 40),
        _ => format!("sha256:{}", hex(digit, 64)),
    };
    let names = [
        image("debian:12"),
        image("nvcr.io/nvidia/cuda:12.9.0-devel-ubuntu24.04"),
        image("localhost:5000/a/b:1"),
        git("https://example.com/a.git", "main"),
        git("https://example.com/a.git", "v1.2"),
        git("https://example.com/b.git", "main"),
    ];
    let download = External::Download { url: "https://example.com/tool".to_owned() };
    let pinned = names.iter().chain([&download]).map(|name| (name.clone(), old('a', name)));
    let lock = Lock::new("image.lock", pinned).to_string();
    let found: Vec<(Groups, String)> =
        managers("image.lock").iter().flat_map(|manager| matches(manager, &lock)).collect();
    assert_eq!(found.len(), names.len(), "{found:#?}");
    for (groups, text) in &found {
        let digest = &groups["currentDigest"];
        // Renovate replaces the digest in the text of the match, where it finds it in the file.
        let new = hex('c', digest.trim_start_matches("sha256:").len());
        let replaced = text.replace(digest.trim_start_matches("sha256:"), &new);
        let changed = Lock::read("image.lock", &lock.replacen(text.as_str(), &replaced, 1)).unwrap();
        let name = match groups.get("depName") {
            Some(name) => image(&format!("{name}:{}", groups["currentValue"])),
            None => git(&groups["packageName"], &groups["currentValue"]),
        };
        assert!(names.contains(&name), "{name}");
        let of_this = names.iter().filter(|name| changed.digest(name) != Some(old('a', name).as_str()));
        assert_eq!(of_this.count(), 1, "{name}");
    }
    // The name in a lock is that of the build file, so only its digest may change.
    let preset = preset();
    let rule = &preset["packageRules"][0];
    assert_eq!((rule["enabled"].as_bool(), &rule["matchDepTypes"][0]), (Some(false), &"varve-lock".into()));
    for manager in managers("image.lock") {
        assert_eq!(manager["depTypeTemplate"], "varve-lock");
    }
}
