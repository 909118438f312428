//! `varve key`: what changes a key, and what does not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;

const FAMILY: &str = "\
axes: {device: [cpu, cuda]}
mixins: {tuned: {env: {FAST: \"1\"}}}
stages:
  build:
    from: debian:12
    steps:
      - copy: src /src/
      - run: make ${{ device }}
        mixins: [tuned]
  app:
    from: debian:12
    steps:
      - {copy: /out /app/, from: build}
      - run: tool
        mounts: [{bind: /m, source: tools}]
    image:
      labels: {a: b, revision: \"${{ git.revision }}\"}
    checks: [{run: /app/out}]
targets:
  app: {platforms: [linux/amd64, linux/arm64], tags: [\"x/app:${{ device }}\"]}
";
const LOCK: &str = "\
version: 1
images:
  debian:12: {linux/amd64: \"sha256:0000000000000000000000000000000000000000000000000000000000000001\"}
";

fn folder(name: &str) -> Folder {
    let files = [
        ("image.yaml", FAMILY),
        ("src/a.c", "a"),
        ("src/skipped.o", "o"),
        ("tools/t.sh", "t"),
        ("other", "x"),
        (".dockerignore", "*.o\n**/*.o\n"),
    ];
    Folder::new(name, &files)
}

fn read(folder: &Folder, words: &[&str]) -> Value {
    let (code, out, err) = folder.varve(words);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

/// The keys by axes and platform.
fn keys(folder: &Folder) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for member in read(folder, &["key", "--format", "json"])["variants"].as_array().unwrap() {
        for platform in member["platforms"].as_array().unwrap() {
            let name = format!("{} {}", member["axes"], platform["platform"]);
            keys.insert(name, platform["key"].to_string());
        }
    }
    keys
}

/// Checks how many of the four keys a change of the folder changes.
#[track_caller]
fn check(what: &str, change: impl FnOnce(&Path), expect: usize) {
    let folder = folder(&format!("key-{}", what.replace(' ', "-")));
    let before = keys(&folder);
    assert_eq!(before.len(), 4);
    change(&folder.0);
    let after = keys(&folder);
    let changed = before.iter().filter(|(name, key)| after.get(*name) != Some(key)).count();
    assert_eq!(changed, expect, "{what}");
}

fn edit(from: &str, to: &str) -> impl FnOnce(&Path) {
    move |folder: &Path| {
        assert!(FAMILY.contains(from), "{from}");
        fs::write(folder.join("image.yaml"), FAMILY.replace(from, to)).unwrap();
    }
}

fn write(path: &str, text: &str) -> impl FnOnce(&Path) {
    move |folder: &Path| fs::write(folder.join(path), text).unwrap()
}

fn mode(path: &str, mode: u32) -> impl FnOnce(&Path) {
    move |folder: &Path| fs::set_permissions(folder.join(path), fs::Permissions::from_mode(mode)).unwrap()
}

#[test]
fn what_an_image_is_built_from_is_in_its_key() {
    check("a script", edit("run: tool", "run: tool -v"), 4);
    let one = "{if: device == \"cpu\", then: c, else: \"make cuda\"}";
    check("a script of one device", edit("make ${{ device }}", one), 2);
    check("a mixin", edit("FAST: \"1\"", "FAST: \"2\""), 4);
    check("a label", edit("a: b", "a: c"), 4);
    check("a base", edit("app:\n    from: debian:12", "app:\n    from: debian:13"), 4);
    check("a copied file", write("src/a.c", "new"), 4);
    check("a mounted file", write("tools/t.sh", "new"), 4);
    check("a new file", write("tools/new.sh", ""), 4);
    check("a program", mode("src/a.c", 0o755), 4);
    check("a link", |folder| symlink("a.c", folder.join("src/b.c")).unwrap(), 4);
}

#[test]
fn what_no_image_contains_is_in_no_key() {
    check("a comment", edit("stages:\n", "# new\nstages: # new\n"), 0);
    check("tags", edit("x/app:", "y/app:"), 0);
    check("a rootfs test", edit("run: /app/out", "run: /app/out --version"), 0);
    let labels = ["a: b", "revision: \"${{ git.revision }}\""];
    let [first, second] = [labels.join(", "), [labels[1], labels[0]].join(", ")];
    check("the order of a map", edit(&first, &second), 0);
    check("an ignored file", write("src/skipped.o", "new"), 0);
    check("a file that no step reads", write("other", "new"), 0);
    check("the mode of a file", mode("src/a.c", 0o600), 0);
}

#[test]
fn a_pin_is_in_the_keys_of_its_platform() {
    let folder = folder("key-lock");
    let before = keys(&folder);
    let (_, out, _) = folder.varve(&["key"]);
    assert!(out.contains("no lock has the digest of docker.io/library/debian:12 (4 of 4)"), "{out}");
    write("image.lock", LOCK)(&folder.0);
    for (name, key) in keys(&folder) {
        assert_eq!(before[&name] == key, name.ends_with("\"linux/arm64\""), "{name}");
    }
    let (_, out, _) = folder.varve(&["key"]);
    assert!(out.contains("no lock has the digest of docker.io/library/debian:12 (2 of 4)"), "{out}");
}

#[test]
fn the_folder_and_the_commit_are_in_no_key_unless_a_step_reads_them() {
    let (one, two) = (folder("key-one"), folder("key-two"));
    assert_eq!(keys(&one), keys(&two));
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(words).current_dir(&one.0);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(git.status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "first"]);
    assert_eq!(keys(&one), keys(&two));
    edit("run: tool", "run: \"tool ${{ git.revision }}\"")(&one.0);
    let before = keys(&one);
    let (_, out, _) = one.varve(&["key"]);
    assert!(out.contains("a step reads `git`, so the key is new for each commit (4 of 4)"), "{out}");
    git(&["commit", "--quiet", "--allow-empty", "--message", "second"]);
    assert_ne!(keys(&one), before);
}

#[test]
fn lists_for_other_programs_hand_the_key_on_as_a_label() {
    let folder = folder("key-lists");
    let key = read(&folder, &["key", "--format", "json"])["variants"][0]["key"].as_str().unwrap().to_owned();
    let bake = read(&folder, &["bake", "--keys"]);
    assert_eq!(bake["target"]["app-cpu"]["labels"]["varve.key"], key.as_str());
    let matrix = read(&folder, &["matrix", "--keys", "--format", "json"]);
    assert_eq!(matrix["variants"][0]["key"], key.as_str());
    let gha = read(&folder, &["matrix", "--keys", "--format", "gha"]);
    assert_eq!(gha["include"][0]["labels"], format!("varve.key={key}"));
    assert!(folder.varve(&["matrix", "--keys"]).1.contains(&key));
    assert!(read(&folder, &["bake"])["target"]["app-cpu"].get("labels").is_none());
}
