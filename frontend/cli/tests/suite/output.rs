//! What happens when the output of the program cannot be written.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::cli::FAMILY;
use crate::folder::Folder;

const WRONG: &str = "stages: {app: {form: x}}\n";

fn command(folder: &Folder, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_varve"));
    command.args(words).current_dir(&folder.0);
    command
}

/// A pipe that nobody reads is closed before the program starts.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    let folder = Folder::new("closed", &[("image.yaml", FAMILY), ("bad.yaml", WRONG)]);
    let check = |words: &[&str], code: i32| {
        let output = command(&folder, words).stdout(closed()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("cannot write"), "{words:?}: {output:?}");
        let output = command(&folder, words).stdout(closed()).stderr(closed()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?} without any reader");
    };
    for words in [
        &["schema"][..],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &[],
        &["check"],
        &["check", "--format", "json"],
        &["plan"],
        &["llb"],
    ] {
        check(words, 0);
    }
    for words in
        [&["check", "bad.yaml"][..], &["check", "bad.yaml", "--format", "json"], &["plan", "bad.yaml"]]
    {
        check(words, 1);
    }
    check(&["chek"], 2);
}

#[test]
fn a_full_disk_is_reported() {
    let folder = Folder::new("full", &[("image.yaml", FAMILY)]);
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for words in [&["matrix"][..], &["schema"], &["--help"], &["check", "--format", "json"]] {
        let output = command(&folder, words).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {err}");
        assert!(err.contains("error: cannot write the output: No space left on device"), "{words:?}: {err}");
    }
    let output = command(&folder, &["check"]).stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// The pipe holds less than the output, so the program writes while the reader reads and closes.
#[test]
fn a_reader_that_closes_in_the_middle_is_no_error() {
    let folder = Folder::new("middle", &[("image.yaml", FAMILY)]);
    let mut child = command(&folder, &["schema"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    assert_eq!((first, child.wait().unwrap().code()), (*b"{", Some(0)));
}
