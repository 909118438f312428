//! The files and folders that a command line names, and the files that commands write.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::process::Command;

use serde_json::Value;

use crate::cli::FAMILY;
use crate::folder::Folder;

#[test]
fn a_path_of_the_wrong_kind_says_what_is_there_and_what_is_expected() {
    let files = [("image.yaml", FAMILY), ("sub/image.yaml", FAMILY), ("py3/main.py", "print()\n")];
    let folder = Folder::new("kinds", &files);
    let check = |arguments: &[&str], expect: &str| {
        let (code, out, err) = folder.varve(arguments);
        assert_eq!(
            (code, out.as_str(), err.as_str()),
            (2, "", format!("error: {expect}\n").as_str()),
            "{arguments:?}"
        );
    };
    for command in ["check", "matrix", "bake", "plan", "explain", "graph", "dockerfile", "llb"] {
        check(&[command, "--context", "nope"], "there is no folder nope");
        check(&[command, "--context", "image.yaml"], "image.yaml is a file, and varve expects a folder");
        check(&[command, "sub"], "sub is a folder: name the build file in it, such as sub/image.yaml");
        check(&[command, "image.yaml/x"], "there is no file image.yaml/x");
    }
    check(&["lock", "--check", "--context", "nope"], "there is no folder nope");
    check(&["check", "."], ". is a folder: name the build file in it, such as ./image.yaml");
    check(&["diff", "device=cuda12", "--context", "nope"], "there is no folder nope");
    check(&["init", "nope"], "there is no folder nope");
    check(&["init", "py3/main.py"], "py3/main.py is a file, and varve expects a folder");
    check(
        &["init", "sub"],
        "sub/image.yaml already exists, and varve does not overwrite it: change it, or remove it first",
    );
    assert_eq!(fs::read_to_string(folder.0.join("sub/image.yaml")).unwrap(), FAMILY);
    check(&["pin", "--lock", "sub", "py3"], "sub is a folder, and varve expects a file");
    check(&["pin", "--image", &pin('b'), "nope"], "there is no file or folder nope");
}

#[test]
fn a_rule_to_skip_exists() {
    let folder = Folder::new("skip", &[("image.yaml", &FAMILY.replace("name: acme", "args: {a: b}"))]);
    let check = |rules: &str, code: i32, expect: &str| {
        let (found, out, err) = folder.varve(&["check", "--skip", rules]);
        assert!(found == code && err.contains(expect), "{rules}: {found}: {out}{err}");
    };
    check(
        "unused-args",
        2,
        "invalid value 'unused-args' for '--skip <RULES>': there is no rule of that name; did you mean `unused-arg`?",
    );
    check("unused-arg,text-in-shel", 2, "did you mean `text-in-shell`?");
    check("banana", 2, "findings show theirs, such as unused-arg");
    check("unused-arg", 0, "no mistakes");
    check("unused-axis, unused-arg", 0, "no mistakes");
    check("all", 0, "no mistakes");
    check("unused-axis", 0, "1 warning");
}

fn digest(of: char) -> String {
    format!("sha256:{}", of.to_string().repeat(64))
}

fn pin(of: char) -> String {
    format!("debian:12@{}", digest(of))
}

#[test]
fn pin_says_what_it_skips_and_refuses_it_by_name() {
    let folder = Folder::new(
        "skipped",
        &[("docs/a.md", "debian:12\n"), ("image.lock", "version: 1\n"), (".git/config", "x")],
    );
    let path = |name: &str| folder.0.join(name);
    fs::write(path("docs/bytes"), [0xff]).unwrap();
    fs::File::create(path("docs/large")).unwrap().set_len((16 << 20) + 1).unwrap();
    symlink("a.md", path("docs/link")).unwrap();
    fs::write(path("docs").join(OsStr::from_bytes(b"odd\xff")), [0xff]).unwrap();
    let image = pin('b');
    let (code, _, err) = folder.varve(&["pin", "--check", "--image", &image, "docs"]);
    let expect = "docs/bytes: skipped, because it is not UTF-8\n\
                  docs/large: skipped, because it is larger than 16 MiB\n\
                  docs/link: skipped, because it is a symbolic link\n\
                  docs/odd\u{fffd}: skipped, because it is not UTF-8\n\
                  0 references stale, in 0 of 1 file\n";
    assert_eq!((code, err.as_str()), (0, expect));
    let (_, out, _) = folder.varve(&["pin", "--check", "--image", &image, "docs", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&json["files"], &json["skipped"][2]["because"]),
        (&Value::from(1), &Value::from("a symbolic link"))
    );
    for (name, expect) in [
        ("docs/bytes", "not UTF-8"),
        ("docs/large", "larger than 16 MiB"),
        ("docs/link", "a symbolic link"),
        (".git", "the folder of git"),
    ] {
        let (code, out, err) = folder.varve(&["pin", "--check", "--image", &image, name]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(err.starts_with(&format!("error: {name} is {expect}: name text files")), "{err}");
    }
    let (code, _, err) = folder.varve(&["pin", "--check", "image.lock"]);
    assert!(code == 2 && err.contains("image.lock is the lock itself"), "{err}");
}

#[test]
fn pin_adds_a_digest_to_the_default_of_a_variable() {
    let folder = Folder::new("default", &[("compose.yaml", "image: ${IMG:-debian:12}\n")]);
    let (code, out, err) = folder.varve(&["pin", "--add", "--image", &pin('b'), "compose.yaml"]);
    assert_eq!(
        (code, out.as_str()),
        (0, format!("compose.yaml:1:15: debian:12 -> {}\n", digest('b')).as_str()),
        "{err}"
    );
    let text = fs::read_to_string(folder.0.join("compose.yaml")).unwrap();
    assert_eq!(text, format!("image: ${{IMG:-{}}}\n", pin('b')));
}

#[test]
fn pin_replaces_a_file_whole_and_keeps_its_mode_and_owner() {
    let folder = Folder::new("whole", &[("run.sh", "docker run debian:12\n")]);
    let path = folder.0.join("run.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
    // Only root can give a file away. For any other user the owner is the user.
    let _ = chown(&path, Some(1), Some(1));
    let before = fs::metadata(&path).unwrap();
    assert_eq!(folder.varve(&["pin", "--add", "--image", &pin('b'), "."]).0, 0);
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
    assert_ne!(after.ino(), before.ino(), "another file took its name");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("docker run {}\n", pin('b')));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left beside it");
}

/// The shell limits the size of the files that its commands write, and a write beyond the limit fails as on a full disk.
#[test]
fn a_full_disk_cuts_no_file_short() {
    let long = "debian:12\n".repeat(1000);
    let folder = Folder::new("full-disk", &[("a.md", &long), ("go/go.mod", "module a\n")]);
    let limited = |arguments: &str, blocks: u32| {
        let script =
            format!("ulimit -f {blocks}; trap '' XFSZ; exec {} {arguments}", env!("CARGO_BIN_EXE_varve"));
        let output = Command::new("bash").args(["-c", &script]).current_dir(&folder.0).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let names = |path: &str| -> Vec<String> {
        let names = fs::read_dir(folder.0.join(path)).unwrap();
        names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    let (code, err) = limited(&format!("pin --add --image {} a.md", pin('b')), 4);
    assert!(code == 2 && err.starts_with("error: varve cannot write a.md: File too large"), "{code}: {err}");
    assert_eq!(fs::read_to_string(folder.0.join("a.md")).unwrap(), long);
    let (code, err) = limited("init go", 0);
    assert!(code == 2 && err.starts_with("error: varve cannot write go/image.yaml: File too large"), "{err}");
    assert_eq!(names("go"), ["go.mod"]);
    let (code, err) = limited("man --dir pages", 1);
    assert!(code == 2 && err.contains("error: varve cannot write pages/varve"), "{err}");
    let cut = names("pages").into_iter().filter(|name| name.contains("varve-0"));
    assert_eq!(cut.count(), 0, "nothing is left beside the pages");
    assert_eq!(names(".").len(), 3);
}
