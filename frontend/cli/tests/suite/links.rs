//! The files that the command reads: regular files inside of the context, as the builder reads them, and no more.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::folder::Folder;

const VAR: &str =
    "vars: {v: {file: value}}\nstages: {app: {from: scratch, steps: [{file: /f, content: \"${{ v }}\"}]}}\n";

/// Runs a command that must end. A pipe or an endless device would keep it forever.
fn run(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_varve"));
    let child = child.args(arguments).current_dir(folder.0.join("in"));
    let log = fs::File::create(folder.0.join("log")).unwrap();
    let mut child = child.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let start = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code().unwrap();
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    (code, fs::read_to_string(folder.0.join("log")).unwrap())
}

/// A context with a link at a path, beside a file outside of it.
fn linked(name: &str, path: &str, to: &str, files: &[(&str, &str)]) -> Folder {
    let outside = ("secret", "content from outside");
    let all: Vec<(&str, &str)> =
        files.iter().copied().chain([outside, ("in/inside", "content from inside")]).collect();
    let folder = Folder::new(name, &all);
    symlink(to, folder.0.join("in").join(path)).unwrap();
    folder
}

#[test]
fn a_link_out_of_the_context_leads_to_no_file() {
    for (number, to) in ["../secret", "/proc/self/environ", "/dev/zero", "value"].into_iter().enumerate() {
        let folder = linked(&format!("link-out-{number}"), "value", to, &[("in/image.yaml", VAR)]);
        let (code, text) = run(&folder, &["plan"]);
        assert!(code == 1 && text.contains("the context has no file `value`"), "{to}: {text}");
        assert!(!text.contains("outside"), "{text}");
    }
}

#[test]
fn a_link_inside_of_the_context_is_followed_with_the_context_as_root() {
    for (number, to) in ["inside", "/inside", "../../inside", "./sub/../inside"].into_iter().enumerate() {
        let folder =
            linked(&format!("link-in-{number}"), "value", to, &[("in/image.yaml", VAR), ("in/sub/x", "")]);
        let (code, text) = run(&folder, &["plan"]);
        assert!(code == 0 && text.contains("content from inside"), "{to}: {text}");
    }
}

#[test]
fn an_include_a_lock_an_ignore_file_and_a_build_file_lead_out_no_more_than_a_value() {
    let stages = "stages: {app: {from: scratch, steps: [{file: /a}]}}\n";
    let with =
        |name: &str, path: &str, text: &str| linked(name, path, "../secret", &[("in/image.yaml", text)]);
    let folder = with("include-out", "a.yaml", "include: [a.yaml]\n");
    let (code, text) = run(&folder, &["check"]);
    assert!(code == 1 && text.contains("there is no file `a.yaml`") && !text.contains("outside"), "{text}");
    let folder = with("lock-out", "image.lock", stages);
    let (code, text) = run(&folder, &["plan"]);
    assert!(code == 0 && !text.contains("outside"), "{text}");
    let folder = with("ignore-out", ".dockerignore", stages);
    assert_eq!(run(&folder, &["check"]).0, 0);
    let folder = with("file-out", "other.yaml", stages);
    let (code, text) = run(&folder, &["check", "other.yaml"]);
    assert_eq!((code, text.as_str()), (2, "error: there is no file other.yaml\n"));
}

#[test]
fn a_pipe_and_a_file_that_is_too_large_are_errors() {
    let folder = Folder::new("pipe", &[("in/image.yaml", VAR)]);
    let pipe = folder.0.join("in/value");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (code, text) = run(&folder, &["plan"]);
    assert!(code == 2 && text.contains("value is not a regular file, and varve reads no other"), "{text}");
    fs::remove_file(&pipe).unwrap();
    fs::File::create(&pipe).unwrap().set_len(17 << 20).unwrap();
    let (code, text) = run(&folder, &["plan"]);
    assert!(code == 2 && text.contains("value is larger than 16 MB, which is the limit"), "{text}");
    let (code, text) = run(&folder, &["check", "/dev/zero"]);
    assert!(code == 2 && text.contains("/dev/zero is not a regular file"), "{text}");
}

#[test]
fn a_path_behind_a_link_out_of_the_context_is_missing() {
    let copy = "stages: {app: {from: scratch, steps: [{copy: away/secret, to: /a}]}}\n";
    let folder = linked("away", "away", "..", &[("in/image.yaml", copy), ("in/x", "")]);
    let (_, text) = run(&folder, &["check", "--context", "."]);
    assert!(text.contains("missing-path"), "{text}");
}
