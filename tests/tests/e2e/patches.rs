//! `apply`: patches of the context are applied to a git repository, which is copied or mounted.

use std::fs;

use tempfile::TempDir;
use varve_tests::engine::bases;
use varve_tests::{Build, Engine, Outcome, Site, Tree, stamp};

/// The second patch of a series needs the first.
const FIRST: &str = "\
From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
From: A <a@varve.test>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: [PATCH 1/2] Change the text

---
 src/text | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/src/text b/src/text
index 0000001..0000002 100644
--- a/src/text
+++ b/src/text
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
--\x20
2.47.3
";
const SECOND: &str = "\
diff --git a/src/text b/src/moved/text
old mode 100644
new mode 100755
similarity index 50%
rename from src/text
rename to src/moved/text
--- a/src/text
+++ b/src/moved/text
@@ -1,3 +1,3 @@
 one
 TWO
-three
+3
diff --git a/src/gone b/src/gone
deleted file mode 100644
--- a/src/gone
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/src/link b/src/link
new file mode 120000
--- /dev/null
+++ b/src/link
@@ -0,0 +1 @@
+moved/text
\\ No newline at end of file
";

struct Project {
    _site: Site,
    _folder: TempDir,
    url: String,
}

impl Project {
    fn new() -> Project {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        for (path, text) in [
            ("src/text", "one\ntwo\nthree\n"),
            ("src/gone", "gone\n"),
            ("src/stamp", &stamp()),
            ("top", "top\n"),
        ] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let site = Site::new().unwrap();
        let url = format!("{}/all.git", site.add("project", folder.path()).unwrap());
        Project { _site: site, _folder: folder, url }
    }

    /// A build with these steps, in which `URL` is the address of the repository.
    fn build(&self, base: &str, steps: &str) -> Build {
        let steps = steps.replace("URL", &self.url);
        let text =
            format!("# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}");
        Build::yaml(&text)
            .with("patches/0001-text.patch", FIRST)
            .with("patches/0002-move.patch", SECOND)
            .with("other", "other\n")
    }
}

fn engine() -> &'static Engine {
    Engine::get().unwrap()
}

/// The paths and modes of a tree, without folders.
fn files(tree: &Tree) -> Vec<String> {
    let all = tree.iter().filter(|(_, node)| !matches!(node.kind, varve_tests::Kind::Dir));
    all.map(|(path, node)| format!("{path} {:o} {}:{}", node.mode, node.uid, node.gid)).collect()
}

#[test]
fn a_series_is_applied_for_a_step_and_for_a_mount() {
    let project = Project::new();
    let image = project
        .build(
            "scratch",
            "      - {git: URL, ref: v1, to: /all, apply: [\"patches/*.patch\"]}
      - {git: URL, ref: v1, subdir: src, to: /part, apply: [patches/0001-text.patch, patches/0002-move.patch], owner: \"7:8\"}
      - {git: URL, ref: v1, to: /one, apply: patches/0001-text.patch}
",
        )
        .image(engine())
        .unwrap();
    assert_eq!(
        files(&image.tree),
        [
            "/all/src/link 777 0:0",
            "/all/src/moved/text 755 0:0",
            "/all/src/stamp 644 0:0",
            "/all/top 644 0:0",
            "/one/src/gone 644 0:0",
            "/one/src/stamp 644 0:0",
            "/one/src/text 644 0:0",
            "/one/top 644 0:0",
            "/part/link 777 7:8",
            "/part/moved/text 755 7:8",
            "/part/stamp 644 7:8",
        ]
    );
    let steps = "      - run: test \"$(cat /src/src/link)\" = \"$(printf 'one\\nTWO\\n3')\" && test ! -e /src/src/gone
        mounts: [{git: URL, ref: v1, to: /src, apply: patches/}]
";
    project.build(&bases::debian(12), steps).run(engine()).unwrap().success().unwrap();
}

#[test]
fn a_patch_that_does_not_fit_fails_the_build_at_its_step() {
    let project = Project::new();
    let check = |apply: &str, logs: &str, error: &str| {
        let step = format!("      - {{git: URL, ref: v1, to: /all, apply: [{apply}]}}\n");
        let outcome = project.build("scratch", &step).run(engine()).unwrap();
        assert!(outcome.logs.contains(logs), "{apply}: {}", outcome.logs);
        let words = outcome.failure().unwrap();
        assert!(words.contains("image.yaml:6") && words.contains(error), "{apply}: {words}");
    };
    let not_fit = "patches/0002-move.patch: src/text: hunk 1 (line 9 of the patch) does not fit: line 2 is `two`, expected `TWO`";
    check("patches/0002-move.patch", not_fit, "exit code: 1");
    let applied = "patches/0001-text.patch: src/text: the patch is already applied: the file has its changes";
    check("patches/0001-text.patch, patches/0001-text.patch", applied, "exit code: 1");
    check("other", "other: it is not a patch", "exit code: 1");
    check("patches/0003.patch", "", "\"/patches/0003.patch\": not found");
    check("\"none/*.patch\"", "", "none/*.patch");
}

#[test]
fn a_change_of_a_patch_runs_only_the_patching_again() {
    let project = Project::new();
    let steps = "      - {git: URL, ref: v1, to: /all, apply: [\"patches/*.patch\"]}\n";
    let run = |build: Build| -> Outcome { build.run(engine()).unwrap() };
    let ran = |outcome: &Outcome, part: &str| {
        let all = outcome.named(part);
        assert!(!all.is_empty(), "{part}: {:?}", outcome.vertices);
        all.iter().any(|vertex| vertex.started && !vertex.cached)
    };
    let first = run(project.build("scratch", steps));
    assert!(ran(&first, "] apply patches/*.patch to git "), "{:?}", first.vertices);
    // Neither another file of the context nor the same patches again.
    let again = run(project.build("scratch", steps).with("other", "changed\n"));
    assert!(!ran(&again, "] apply patches/*.patch to git "), "{:?}", again.vertices);
    let changed = SECOND.replace("+3\n", "+tres\n");
    let edited = run(project.build("scratch", steps).with("patches/0002-move.patch", changed));
    assert!(ran(&edited, "] apply patches/*.patch to git "), "{:?}", edited.vertices);
    assert!(!ran(&edited, "[app] git http"), "{:?}", edited.vertices);
}
