//! `copy` with `parents`: what is missing fails the build, and what is there gives the tree of a Dockerfile.

use varve_tests::{Build, Engine, oracle};

/// A build with these keys in its only step, and a context with `d/x`, `d/y.txt` and `e/deep/z`.
fn build(step: &str) -> Build {
    let yaml = format!(
        "# syntax=varve/frontend:dev\nstages:\n  files: {{from: scratch, steps: [{{file: /d/x}}]}}\n  app:\n    from: scratch\n    steps:\n      - {step}\n"
    );
    context(Build::yaml(&yaml))
}

fn context(build: Build) -> Build {
    build.with("d/x", "x\n").with_script("d/y.txt", "y\n").with("e/deep/z", "z\n").with_link("to-d", "d")
}

/// The messages for a copy with `parents` of a path that is not there name the path and the step.
fn fails(step: &str, path: &str) {
    let words = build(step).run(Engine::get().unwrap()).unwrap().failure().unwrap();
    let missing = ["not found", "no such file or directory"].iter().any(|reason| words.contains(reason));
    assert!(words.contains(path) && missing, "{step}:\n{words}");
    assert!(words.contains(&format!(">>>       - {step}")), "{step}:\n{words}");
}

#[test]
fn a_path_that_is_missing_under_parents_fails_the_build() {
    fails("{copy: [d/x, gone], to: /o/, parents: true}", "/gone");
    fails("{copy: [./gone, d/x], to: /o/, parents: true}", "/gone");
    fails("{copy: d/gone, to: /o/, parents: true}", "/d/gone");
    // Nothing of the folder is sent.
    fails("{copy: d/./gone, to: /o/, parents: true}", "/d");
    fails("{copy: [d/./gone, d/x], to: /o/, parents: true}", "/d/gone");
    fails("{copy: /d/gone, to: /o/, parents: true, from: files}", "/d/gone");
    fails("{copy: gone, to: /o/, parents: true, link: true}", "/gone");
    fails("{copy: gone, to: /o/, parents: true, optional: true}", "/gone");
    fails("{copy: gone, to: /o/, parents: true, owner: '1:2', mode: '0600', exclude: ['*.md']}", "/gone");
}

#[test]
fn a_pattern_that_matches_nothing_under_parents_fails_the_build() {
    fails("{copy: ['*.gone'], to: /o/, parents: true}", "/*.gone");
    fails("{copy: ['**/gone'], to: /o/, parents: true}", "/**/gone");
    fails("{copy: ['d/[ab].gone'], to: /o/, parents: true}", "/d/?ab].gone");
    fails("{copy: ['d/./*.gone', d/x], to: /o/, parents: true}", "/d/*.gone");
    fails("{copy: ['gone*/./x'], to: /o/, parents: true}", "/gone*");
    // A link is not followed in the part of the path that is kept.
    fails("{copy: to-d/x, to: /o/, parents: true}", "/to-d/x");
}

#[test]
fn a_pattern_that_matches_nothing_under_parents_is_no_error_with_optional() {
    let optional = build("{copy: ['*.gone', d/x], to: /o/, parents: true, optional: true}");
    let tree = optional.tree(Engine::get().unwrap()).unwrap();
    let paths: Vec<&str> = tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/o", "/o/d", "/o/d/x"]);
}

#[test]
fn what_is_there_is_copied_under_parents_to_its_folders() {
    let engine = Engine::get().unwrap();
    for (step, copies) in [
        ("copy: [d/x, e]", "COPY d/x /o/d/\nCOPY e /o/e/"),
        ("copy: [., d/x]", "COPY . /o/"),
        ("copy: ['d/*', e/./deep/z]", "COPY d /o/d/\nCOPY e/deep/z /o/deep/"),
        ("copy: ['**/z', ./d]", "COPY e/deep/z /o/e/deep/\nCOPY d /o/d/"),
        ("copy: [d, e], exclude: [d/x, e, '!e/deep/z']", "COPY d/y.txt /o/d/\nCOPY e/deep/z /o/e/deep/"),
        ("copy: [d/x, e], owner: '1:2', mode: '0640'", {
            "COPY --chown=1:2 --chmod=0640 d/x /o/d/\nCOPY --chown=1:2 --chmod=0640 e /o/e/"
        }),
    ] {
        let yaml = format!(
            "# syntax=varve/frontend:dev\nstages: {{app: {{from: scratch, steps: [{{{step}, to: /o/, parents: true}}]}}}}\n"
        );
        let dockerfile = format!("FROM scratch\n{copies}\n");
        let differences =
            oracle::differences(engine, &context(Build::default()), &yaml, &dockerfile).unwrap();
        assert_eq!(differences, [""; 0], "{step}");
    }
}

#[test]
fn a_file_of_the_image_that_the_stage_starts_from_is_the_one_that_the_step_names() {
    // BuildKit's cache takes two copies of files with the same name for one, if an operation copies from what it starts from.
    let from = "from: varve.test/debian:12";
    let yaml = |path: &str| {
        let step = format!("{{copy: {path}, to: /same, {from}}}");
        Build::yaml(&format!("# syntax=varve/frontend:dev\nstages: {{app: {{{from}, steps: [{step}]}}}}\n"))
    };
    let engine = Engine::get().unwrap();
    assert!(yaml("/etc/debian_version").tree(engine).unwrap().get("/same").is_some());
    let words = yaml("/usr/debian_version").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("/usr/debian_version"), "{words}");
}
