//! The command reads the files that a build reads, and no others: links inside and out of the context, folders, circles, and paths
//! that are missing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use varve_tests::command::output_of;
use varve_tests::digest::sha256;
use varve_tests::engine::frontend;
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, stamp};

/// What is at the path `value` of the context.
#[derive(Debug, Clone, Copy)]
enum Shape {
    File,
    Folder,
    Link(&'static str),
    Missing,
}

const SHAPES: [Shape; 12] = [
    Shape::File,
    Shape::Folder,
    Shape::Missing,
    Shape::Link("inside"),
    Shape::Link("/inside"),
    Shape::Link("../../inside"),
    Shape::Link("sub/up"),
    Shape::Link("../secret"),
    Shape::Link("/etc/hostname"),
    Shape::Link("sub"),
    Shape::Link("value"),
    Shape::Link("gone"),
];

/// A folder with a context, and with a file outside of it. All files but that one have the same text.
fn folder(shape: Shape, build_file: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context");
    fs::create_dir_all(context.join("sub")).unwrap();
    fs::write(folder.path().join("secret"), "from outside").unwrap();
    fs::write(context.join("inside"), text).unwrap();
    symlink("../inside", context.join("sub/up")).unwrap();
    fs::write(context.join("image.yaml"), build_file).unwrap();
    let value = context.join("value");
    match shape {
        Shape::File => fs::write(&value, text).unwrap(),
        Shape::Folder => fs::create_dir(&value).unwrap(),
        Shape::Link(target) => symlink(target, &value).unwrap(),
        Shape::Missing => {}
    }
    folder
}

/// The digest of the file `/f` that a build makes. `None` if it fails.
fn built(engine: &Engine, context: &Path) -> Option<String> {
    let tree = Build::in_folder(context).file("image.yaml").tree(engine).ok()?;
    match &tree.get("/f")?.kind {
        varve_compare::Kind::File { sha256, .. } => Some(sha256.clone()),
        other => panic!("/f is a {}", other.name()),
    }
}

/// The standard output of the command. `None` if it reports an error.
fn said(context: &Path, arguments: &[&str]) -> Option<String> {
    let program = frontend::command(&Machine::read().unwrap()).unwrap();
    let output = output_of(Command::new(program).args(arguments).current_dir(context)).unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(!out.contains("from outside"), "{out}");
    output.status.success().then_some(out)
}

/// The digest of the content of the file that the plan makes. `None` if the command reports an error.
fn planned(context: &Path) -> Option<String> {
    let plan: serde_json::Value =
        serde_json::from_str(&said(context, &["plan", "--format", "json"])?).unwrap();
    let content = plan["plans"][0]["stages"][0]["steps"][0]["files"][0]["content"].clone();
    Some(sha256(content.as_str().unwrap_or_else(|| panic!("{plan:#}")).as_bytes()))
}

/// Plans and builds a family of each shape, whose file `value` has the text, and compares the file `/f`.
fn compare(build_file: &str, text: impl Fn() -> String) {
    let engine = Engine::get().unwrap();
    let mut read = 0;
    for shape in SHAPES {
        let folder = folder(shape, build_file, &text());
        let context = folder.path().join("context");
        let built = built(engine, &context);
        assert_eq!(planned(&context), built, "{shape:?}");
        read += usize::from(built.is_some());
    }
    assert_eq!(read, 5);
}

#[test]
fn a_value_of_a_file_is_the_one_of_the_build() {
    let text = "# syntax=varve/frontend:dev\nvars: {v: {file: value}}\n\
        stages: {app: {from: scratch, steps: [{file: /f, content: \"${{ v }}\"}]}}\n";
    compare(text, stamp);
}

#[test]
fn an_axis_takes_its_values_from_a_file_beside_the_build_file() {
    let text = "# syntax=varve/frontend:dev\naxes: {v: {values: {file: ci/versions.json, exclude: \"*-rc\"}, default: newest}}\nstages: {app: {from: scratch, image: {labels: {v: \"${{ v }} ${{ v.full }}\"}}}}\n";
    let versions = r#"{"1.9": {"full": "1.9.3"}, "1.11-rc": null, "1.10": {"full": "1.10.1"}}"#;
    let build = Build::yaml(text).with("ci/versions.json", versions).with(".dockerignore", "ci\n");
    let engine = Engine::get().unwrap();
    let label = |build: &Build| build.image(engine).unwrap().labels()["v"].to_owned();
    assert_eq!(label(&build), "1.10 1.10.1");
    assert_eq!(label(&build.clone().arg("v", "1.9")), "1.9 1.9.3");
    let words = build.arg("v", "1.11-rc").run(engine).unwrap().failure().unwrap();
    assert!(words.contains("1.9") && words.contains("1.10"), "{words}");
    let words = Build::yaml(text).run(engine).unwrap().failure().unwrap();
    assert!(
        words.contains("there is no file `ci/versions.json`") && words.contains("image.yaml:2"),
        "{words}"
    );
}

#[test]
fn an_included_file_is_the_one_of_the_build() {
    compare("# syntax=varve/frontend:dev\ninclude: value\n", || {
        format!("stages: {{app: {{from: scratch, steps: [{{file: /f, content: {}}}]}}}}\n", stamp())
    });
}

/// Requirement files are mounted as this one. A build that the check finds no mistake in has the file.
#[test]
fn a_mounted_file_is_in_the_context_if_the_build_has_it() {
    let engine = Engine::get().unwrap();
    let text = "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: \"varve.test/debian:12\"\n    steps:\n      \
        - {run: \"cat /m > /f\", mounts: [{bind: /m, source: value}]}\n";
    for shape in SHAPES {
        let folder = folder(shape, text, &stamp());
        let context = folder.path().join("context");
        let checked = said(&context, &["check", "--context", ".", "--format", "json"]).unwrap();
        let missing = checked.contains("missing-path");
        let built = built(engine, &context);
        assert_eq!(missing, matches!(shape, Shape::Missing), "{shape:?}: {checked}");
        assert!(!missing || built.is_none(), "{shape:?}");
        if matches!(shape, Shape::File | Shape::Link("inside")) {
            assert!(built.is_some(), "{shape:?}");
        }
        if let Some(built) = built {
            assert_ne!(built, sha256(b"from outside"), "{shape:?}");
        }
    }
}

#[test]
fn a_path_that_the_context_does_not_have_is_found_by_the_command_and_late_by_a_build() {
    let engine = Engine::get().unwrap();
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: \"varve.test/debian:12\", steps: [{copy: value, to: /f}]}}\n";
    let folder = folder(Shape::Missing, text, "");
    let context = folder.path().join("context");
    assert!(said(&context, &["check", "--context", "."]).unwrap().contains("missing-path"));
    let build = Build::in_folder(&context).file("image.yaml");
    build.call(engine, "check").unwrap().success().unwrap();
    let failure = build.run(engine).unwrap().failure().unwrap();
    assert!(failure.contains("/value") && failure.contains("not found"), "{failure}");
}
