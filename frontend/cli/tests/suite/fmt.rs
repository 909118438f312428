//! `varve fmt`: the layout changes, and nothing else does.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use varve_cli::Colours;

use crate::folder::Folder;

const UGLY: &str = "\
# syntax=varve/frontend:dev


# the family
axes:
    device:   { cpu : {}, cuda: {driver: '12'} }   # two
stages:
    app:
        from: 'debian:12'
        steps:
        -   run: |
                echo   one

                echo 'two'
        - {run:   \"echo ${{ device }}\",   if: device == \"cuda\"}


        # the last one
        - run: [ a,
            b ]
";

const PRETTY: &str = "\
# syntax=varve/frontend:dev

# the family
axes:
  device: {cpu: {}, cuda: {driver: \"12\"}} # two
stages:
  app:
    from: \"debian:12\"
    steps:
      - run: |
          echo   one

          echo 'two'
      - {run: \"echo ${{ device }}\", if: device == \"cuda\"}

      # the last one
      - run: [a, b]
";

#[test]
fn the_layout_of_a_file_is_the_one_of_all_files() {
    let folder = Folder::new("fmt", &[("image.yaml", UGLY), ("other.yaml", PRETTY)]);
    let read = |name: &str| fs::read_to_string(folder.0.join(name)).unwrap();
    assert_eq!(
        folder.varve(&["fmt", "--check", "image.yaml", "other.yaml"]),
        (1, "image.yaml\n".into(), "1 of 2 files to format\n".into())
    );
    let (code, out, _) = folder.varve(&["fmt", "--diff"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("--- image.yaml\n+++ image.yaml\n@@ "), "{out}");
    assert!(
        out.contains("\n-        from: 'debian:12'\n") && out.contains("\n+    from: \"debian:12\"\n"),
        "{out}"
    );
    assert_eq!(read("image.yaml"), UGLY, "--check and --diff write nothing");
    assert_eq!(folder.varve(&["fmt"]), (0, "image.yaml\n".into(), "1 of 1 file formatted\n".into()));
    assert_eq!(read("image.yaml"), PRETTY);
    assert_eq!(folder.varve(&["fmt", "--check"]), (0, String::new(), "0 of 1 file to format\n".into()));
}

#[test]
fn a_list_that_is_too_long_for_a_line_has_a_line_for_each_entry() {
    let words: Vec<String> = (1..30).map(|number| format!("\"package-{number}\"")).collect();
    let long = format!("a:\n  b: c\n  d: [{}]\n", words.join(", "));
    let wrapped = format!("a:\n  b: c\n  d: [\n    {}\n    ]\n", words.join(",\n    "));
    let kept = "a: [\n  b\n  ]\nc:\n  - {\n      d: [\n        e\n      ]\n    }\n";
    let folder =
        Folder::new("fmt-long", &[("long.yaml", &long), ("wrapped.yaml", &wrapped), ("kept.yaml", kept)]);
    let (code, out, _) = folder.varve(&["fmt", "long.yaml", "wrapped.yaml", "kept.yaml"]);
    assert_eq!((code, out.as_str()), (0, "long.yaml\n"));
    assert_eq!(fs::read_to_string(folder.0.join("long.yaml")).unwrap(), wrapped);
}

#[test]
fn some_lines_are_formatted_and_no_others() {
    let folder = Folder::new("fmt-lines", &[("image.yaml", "a:   {b: c}\nd:   {e: f}\ng:   {h: i}\n")]);
    assert_eq!(folder.varve(&["fmt", "--lines", "2:2"]).0, 0);
    let text = fs::read_to_string(folder.0.join("image.yaml")).unwrap();
    assert_eq!(text, "a:   {b: c}\nd: {e: f}\ng:   {h: i}\n");
    for wrong in ["0:1", "3:2", "x", "1:"] {
        let (code, _, err) = folder.varve(&["fmt", "--lines", wrong]);
        assert_eq!(code, 2, "{wrong}");
        assert!(err.contains("expected FIRST:LAST, such as 3:7, with lines from 1"), "{err}");
    }
    let (code, _, err) = folder.varve(&["fmt", "--lines", "1", "image.yaml", "image.yaml"]);
    assert_eq!((code, err.as_str()), (2, "error: --lines is about one file, and several are named\n"));
}

#[test]
fn lines_that_need_the_lines_around_them_are_not_called_a_defect() {
    let text = "a:\n    b:\n        c:   d\n";
    let folder = Folder::new("fmt-around", &[("image.yaml", text)]);
    let (code, out, err) = folder.varve(&["fmt", "--lines", "3"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with("error: image.yaml stays as it is: these lines cannot be formatted without"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(folder.0.join("image.yaml")).unwrap(), text);
}

#[test]
fn a_file_that_is_not_there_leaves_all_others_as_they_are() {
    let folder = Folder::new("fmt-missing", &[("a.yaml", "a:   b\n")]);
    let none = (2, String::new(), "error: there is no file none.yaml\n".to_owned());
    assert_eq!(folder.varve(&["fmt", "a.yaml", "none.yaml"]), none);
    assert_eq!(fs::read_to_string(folder.0.join("a.yaml")).unwrap(), "a:   b\n");
    for words in [&["fmt", "--diff", "a.yaml"][..], &["fmt", "-"]] {
        let (code, _, err) = folder.varve(&[words, &["--format", "json"]].concat());
        let expect = "error: --format json lists files: leave out --diff and `-`, which print a text\n";
        assert_eq!((code, err.as_str()), (2, expect));
    }
}

#[test]
fn all_files_are_formatted_although_one_has_mistakes() {
    let files = [("bad.yaml", "a: [\n"), ("tab.yaml", "a:\n\tb: c\n"), ("good.yaml", "a:   b\n")];
    let folder = Folder::new("fmt-mistakes", &files);
    let (code, out, err) = folder.varve(&["fmt", "bad.yaml", "tab.yaml", "good.yaml"]);
    assert_eq!((code, out.as_str()), (1, "good.yaml\n"));
    assert!(err.contains("error[yaml]") && err.contains("--> bad.yaml:1:4"), "{err}");
    assert!(err.contains("error[tab]") && err.contains("--> tab.yaml:2:1"), "{err}");
    assert!(err.ends_with("\n1 of 3 files formatted\n"), "{err}");
    let (code, out, _) = folder.varve(&["fmt", "--format", "json", "--check", "bad.yaml", "good.yaml"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &json["changed"], json["found"][0]["rule"].as_str()),
        (1, &serde_json::json!([]), Some("yaml"))
    );
}

#[test]
fn a_link_stays_a_link_and_a_file_with_other_line_ends_keeps_them() {
    let folder = Folder::new(
        "fmt-link",
        &[("real.yaml", "a:   b\r\nc: 'd'\r\n"), ("skip.yaml", "a:   b\n# fmt: skip\nc:   d\n")],
    );
    symlink("real.yaml", folder.0.join("link.yaml")).unwrap();
    assert_eq!(folder.varve(&["fmt", "link.yaml", "skip.yaml"]).0, 0);
    assert!(folder.0.join("link.yaml").is_symlink());
    let read = |name: &str| fs::read_to_string(folder.0.join(name)).unwrap();
    assert_eq!(read("real.yaml"), "a: b\r\nc: \"d\"\r\n");
    assert_eq!(read("skip.yaml"), "a: b\n# fmt: skip\nc:   d\n");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = |text: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_varve"));
        command.args(["fmt", "-"]).args(more).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(UGLY, &[]), (Some(0), PRETTY.to_owned()));
    assert_eq!(run(PRETTY, &[]), (Some(0), PRETTY.to_owned()));
    assert_eq!(run(UGLY, &["--check"]), (Some(1), "standard input\n".to_owned()));
}

/// All build files of this repository: the examples, the conformance pairs and the cases of the language.
fn build_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    ["examples", "tests/conformance", "spec/tests/cases"]
        .iter()
        .for_each(|part| collect(&root.join(part), &mut found));
    found.sort();
    assert!(found.len() > 300, "{}", found.len());
    found
}

#[test]
fn every_build_file_is_formatted_and_none_changes() {
    let mut refused = Vec::new();
    for path in build_files() {
        let path = path.to_str().unwrap();
        let answer = varve_cli::run(["fmt", "--diff", path], Colours::default());
        // Files that are not YAML are cases of the language too.
        if answer.err.contains("stays as it is") {
            refused.push(path.to_owned());
        }
    }
    assert_eq!(refused, [""; 0]);
}
