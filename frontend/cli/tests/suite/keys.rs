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
    assert_eq!(code, 0, "{out}{err}");
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
    let expect =
        "a step or a setting other than a label reads `git`, so the key is new for each commit (4 of 4)";
    assert!(out.contains(expect), "{out}");
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

/// A family of one image, with files, and the key before and after a file is written.
struct Case {
    folder: Folder,
    before: String,
}

impl Case {
    #[track_caller]
    fn new(name: &str, stages: &str, files: &[(&str, &str)]) -> Self {
        let text = format!("{stages}\n");
        let folder =
            Folder::new(&format!("key-case-{name}"), &[files, &[("image.yaml", text.as_str())]].concat());
        let before = Self::key(&folder);
        Self { folder, before }
    }

    fn key(folder: &Folder) -> String {
        read(folder, &["key", "--format", "json"])["variants"][0]["key"].to_string()
    }

    /// Checks whether a new text of a file changes the key.
    #[track_caller]
    fn check(&self, path: &str, text: &str, expect: bool) {
        let path = self.folder.0.join(path);
        let before = fs::read(&path).ok();
        fs::write(&path, text).unwrap();
        assert_eq!(Self::key(&self.folder) != self.before, expect, "{}", path.display());
        match before {
            Some(before) => fs::write(&path, before).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
}

#[test]
fn files_of_copies_with_patterns_are_in_the_key() {
    let files = [
        ("six/kept/f", "a"),
        ("six/other", "b"),
        ("src/deep/b.py", "b"),
        ("src/x/a.py", "a"),
        ("build", "x"),
    ];
    let stages = |step: &str| format!("stages: {{app: {{from: \"debian:12\", steps: [{step}]}}}}");
    let case = Case::new("parents", &stages("{copy: six/./kept, to: /x/, parents: true}"), &files);
    case.check("six/kept/f", "new", true);
    case.check("six/other", "new", false);
    let step = "{copy: src, to: /x/, parents: true, exclude: [deep]}";
    Case::new("parents-exclude", &stages(step), &files).check("src/deep/b.py", "new", true);
    let step = "{copy: \"sr**.py\", to: /x/, parents: true}";
    Case::new("stars", &stages(step), &files).check("src/x/a.py", "new", true);
    let step = "{copy: src, to: /x/, exclude: [deep]}";
    let case = Case::new("exclude", &stages(step), &files);
    case.check("src/deep/b.py", "new", false);
    case.check("src/x/a.py", "new", true);
    let ignored = [&files[..], &[(".dockerignore", "build/**\nsrc/**\n")]].concat();
    let case = Case::new("ignored", &stages("{copy: [build, src], to: /x/}"), &ignored);
    case.check("build", "new", true);
    case.check("src/x/a.py", "new", false);
}

#[test]
fn facts_and_the_frontend_are_in_the_key() {
    let stages = "# syntax=varve/frontend:1\nstages:\n  app:\n    from: \"debian:12\"\n    facts: {v: {file: /etc/a}}\n    image: {labels: {v: \"${{ facts.v }}\"}}";
    let case = Case::new("facts", stages, &[]);
    case.check("image.yaml", &stages.replace("/etc/a", "/etc/b"), true);
    case.check("image.yaml", &stages.replace("{file: /etc/a}", "{run: echo 1}"), true);
    case.check("image.yaml", &stages.replace("frontend:1", "frontend:2"), true);
    case.check("image.yaml", &format!("{stages}\n# the end"), false);
}

#[test]
fn dockerfiles_are_in_the_key_with_all_that_they_read() {
    let stages = "stages: {app: {from: {dockerfile: docker/Dockerfile, args: {A: b}}}}";
    let files = [
        ("docker/Dockerfile", "FROM debian:12\nCOPY legacy /\n"),
        ("legacy", "x"),
        (".dockerignore", "docker\n"),
        ("image.yaml.dockerignore", "legacy\n"),
    ];
    let case = Case::new("dockerfile", stages, &files);
    case.check("docker/Dockerfile", "FROM debian:12\n", true);
    case.check("docker/Dockerfile.dockerignore", "legacy\n", true);
    case.check("legacy", "new", true);
    case.check("image.yaml", &stages.replace("A: b", "A: c"), true);
    case.check("image.yaml", &stages.replace("app: {", "app: {platform: build, "), true);
    let (_, out, _) = case.folder.varve(&["key"]);
    assert!(
        out.contains("a builder resolves the images of the Dockerfile `docker/Dockerfile` (1 of 1)"),
        "{out}"
    );
}

#[test]
fn settings_that_read_the_repository_are_in_the_key() {
    let image = "{user: {if: 'git.source == \"none\"', then: \"0\", else: \"1000\"}, labels: {r: \"${{ git.revision }}\"}}";
    let stages = format!("stages: {{app: {{from: \"debian:12\", image: {image}}}}}");
    let case = Case::new("git-settings", &stages, &[]);
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(words);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(git.current_dir(&case.folder.0).status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let first = Case::key(&case.folder);
    git(&["commit", "--quiet", "--allow-empty", "--message", "second"]);
    assert_eq!(Case::key(&case.folder), first, "the label alone has another commit");
    git(&["remote", "add", "origin", "none"]);
    assert_ne!(Case::key(&case.folder), first, "another user");
}

#[test]
fn what_a_key_cannot_cover_is_said_or_an_error() {
    let steps = "[{run: a, no-cache: true}, {run: b, mounts: [{secret: token}, {ssh: default}]}, {git: \"https://a.test/b.git\", to: /b}, {download: \"https://a.test/c\", to: /c}]";
    let case =
        Case::new("uncovered", &format!("stages: {{app: {{from: \"debian:12\", steps: {steps}}}}}"), &[]);
    let (_, out, _) = case.folder.varve(&["key"]);
    for expect in [
        "no lock has the digest of docker.io/library/debian:12 (1 of 1)",
        "no lock has the commit of https://a.test/b.git (1 of 1)",
        "https://a.test/c has no `sha256` (1 of 1)",
        "a step reads the secret `token` (1 of 1)",
        "a step uses the SSH agent `default` (1 of 1)",
        "has `no-cache` (1 of 1)",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    let (_, _, err) = case.folder.varve(&["bake", "--keys"]);
    assert!(err.contains("The keys do not cover:\n"), "{err}");
    let stages = "stages: {app: {from: ghcr.io/acme/base, steps: [{packages: [make]}]}}\n";
    let folder = Folder::new("key-unknown-manager", &[("image.yaml", stages)]);
    let (code, _, err) = folder.varve(&["key"]);
    assert!(code == 1 && err.contains("cannot determine the package manager"), "{err}");
}
