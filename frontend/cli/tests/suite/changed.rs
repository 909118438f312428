//! `varve changed`: which variants a change touches, and why.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;

const FAMILY: &str = "\
axes: {device: [cpu, cuda]}
stages:
  app:
    from: debian:12
    steps:
      - {copy: src, to: /src/}
      - {run: make cuda, if: device == \"cuda\"}
      - run: test
    image: {labels: {revision: \"${{ git.revision }}\", kind: a}}
targets:
  app: {tags: [\"x/app:${{ device }}\"]}
";

/// A repository with the family in a folder and one commit.
fn repository(name: &str) -> Folder {
    let files = [
        ("docker/image.yaml", FAMILY),
        ("docker/src/a.c", "a"),
        ("docker/.gitignore", "*.o\n"),
        ("other", "x"),
    ];
    let folder = Folder::new(&format!("changed-{name}"), &files);
    git(&folder, &["init", "--quiet"]);
    commit(&folder);
    folder
}

fn git(folder: &Folder, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"])
        .args(words);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").current_dir(&folder.0);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
}

fn commit(folder: &Folder) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--allow-empty", "--message", "a change"]);
}

fn write(folder: &Folder, path: &str, text: &str) {
    fs::write(folder.0.join(path), text).unwrap();
}

/// Runs the command in the repository with these words behind it.
fn changed(folder: &Folder, words: &[&str]) -> (i32, String, String) {
    folder.varve(&[&["changed", "docker/image.yaml"], words].concat())
}

/// Checks the text of the changes since the last commit.
#[track_caller]
fn check(folder: &Folder, expect: &str) {
    let (code, out, err) = changed(folder, &["--since", "HEAD", "--exit-code"]);
    let found = out.split_once('\n').map_or("", |(_, groups)| groups);
    assert_eq!(found, expect, "{out}{err}");
    assert_eq!(code, if expect.is_empty() { 0 } else { 3 }, "{out}{err}");
}

#[test]
fn the_first_step_that_differs_is_the_reason() {
    let folder = repository("reasons");
    check(&folder, "");
    write(&folder, "docker/image.yaml", &FAMILY.replace("make cuda", "make all"));
    check(
        &folder,
        "\nchanged: [app 3/4] run make all (docker/image.yaml:7): script: make cuda -> make all\n  \
         app device=cuda linux/amd64\n",
    );
    write(&folder, "docker/image.yaml", &FAMILY.replace("kind: a", "kind: b"));
    let all = "  app device=cpu linux/amd64\n  app device=cuda linux/amd64\n";
    check(&folder, &format!("\nchanged: the image: Labels.kind: a -> b\n{all}"));
    write(&folder, "docker/image.yaml", &FAMILY.replace("debian:12", "debian:13"));
    let (_, out, _) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.contains("docker.io/library/debian:12 -> docker.io/library/debian:13"), "{out}");
    write(&folder, "docker/image.yaml", &FAMILY.replace("      - run: test\n", ""));
    let (_, out, _) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.contains("run test (docker/image.yaml:8): the step is gone"), "{out}");
    write(&folder, "docker/image.yaml", &FAMILY.replace("x/app:", "y/app:"));
    check(&folder, "");
}

#[test]
fn files_of_the_work_tree_count_as_a_checkout_has_them() {
    let folder = repository("files");
    write(&folder, "docker/src/ignored.o", "o");
    write(&folder, "other", "new");
    check(&folder, "");
    write(&folder, "docker/src/a.c", "new");
    write(&folder, "docker/src/b.c", "b");
    let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.contains("src/a.c changed, src/b.c added\n"), "{out}");
    assert!(out.starts_with("2 of 2 images changed since HEAD ("), "{out}");
    assert_eq!(err, "varve: git does not track these files, and they count: docker/src/b.c\n");
    // The repository is as it was.
    let mut status = Command::new("git");
    let status = status.args(["status", "--porcelain"]).current_dir(&folder.0).output().unwrap();
    assert_eq!(String::from_utf8(status.stdout).unwrap(), " M docker/src/a.c\n M other\n?? docker/src/b.c\n");
    commit(&folder);
    check(&folder, "");
    let (_, out, _) = changed(&folder, &["--since", "HEAD^", "--to", "HEAD"]);
    assert!(out.contains("src/a.c changed, src/b.c added\n"), "{out}");
}

#[test]
fn variants_appear_and_go() {
    let folder = repository("variants");
    write(&folder, "docker/image.yaml", &FAMILY.replace("[cpu, cuda]", "[cuda, rocm]"));
    check(&folder, "\nadded\n  app device=rocm linux/amd64\n\nremoved\n  app device=cpu linux/amd64\n");
    let json = |words: &[&str]| -> Value {
        let (code, out, err) = changed(&folder, words);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let found = json(&["--since", "HEAD", "--format", "json"]);
    assert_eq!(found["variants"][0]["change"], "added");
    assert_eq!(found["variants"][0]["axes"]["device"], "rocm");
    let bake = json(&["--since", "HEAD", "--format", "bake"]);
    let targets = bake["target"].as_object().unwrap();
    assert_eq!(targets.keys().collect::<Vec<_>>(), ["app-rocm"]);
    assert_eq!(targets["app-rocm"]["dockerfile"], "image.yaml");
    assert!(targets["app-rocm"]["labels"]["varve.key"].as_str().unwrap().starts_with("sha256:"));
    let gha = json(&["--since", "HEAD", "--format", "gha"]);
    assert_eq!(gha["include"].as_array().unwrap().len(), 1);
    // A revision without the file has no variants.
    git(&folder, &["rm", "--quiet", "-r", "--force", "docker"]);
    git(&folder, &["commit", "--quiet", "--message", "none"]);
    fs::create_dir_all(folder.0.join("docker/src")).unwrap();
    write(&folder, "docker/image.yaml", FAMILY);
    let (_, out, _) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.starts_with("0 of 2 images changed since HEAD, 2 added ("), "{out}");
}

#[test]
fn what_git_does_not_have_here_is_an_error_with_the_command_that_gets_it() {
    let folder = repository("missing");
    let fails = |words: &[&str], expect: &str| {
        let (code, out, err) = changed(&folder, words);
        assert!(code == 2 && err.contains(expect), "{words:?}: {out}{err}");
    };
    fails(&["--since", "gone"], "git has no revision `gone`");
    write(&folder, "docker/src/large", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    fails(
        &["--since", "HEAD"],
        "docker/src/large is a pointer to a large file that is not here: fetch it with `git lfs pull`",
    );
    commit(&folder);
    fails(&["--since", "HEAD"], "fetch it with `git lfs fetch origin ");
    git(&folder, &["rm", "--quiet", "docker/src/large"]);
    commit(&folder);
    // A clone without history.
    let from = format!("file://{}", folder.0.display());
    git(&folder, &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    let (code, _, err) = folder.varve(&["changed", "shallow/docker/image.yaml", "--since", "HEAD^"]);
    assert!(code == 2 && err.contains("git fetch --unshallow"), "{err}");
    git(&folder, &["submodule", "--quiet", "add", &from, "docker/src/part"]);
    fails(
        &["--since", "HEAD"],
        "varve does not compare submodules, and a step reads docker/src/part, which is one",
    );
}

#[test]
fn what_git_does_not_have_here_is_no_error_if_no_step_reads_it() {
    let folder = repository("unread");
    write(&folder, "docker/large", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
    let from = format!("file://{}", folder.0.display());
    git(&folder, &["clone", "--quiet", &from, "docker/nested"]);
    check(&folder, "");
    git(&folder, &["submodule", "--quiet", "add", &from, "docker/part"]);
    commit(&folder);
    check(&folder, "");
}

#[test]
fn what_differs_in_a_step_is_named() {
    let folder = repository("settings");
    let steps = "\
stages:
  app:
    from: debian:12
    steps:
      - run: |
          make first
          make second
        env: {LEVEL: \"3\"}
        mounts: [{cache: /cache, id: one}]
      - {file: /a, content: text}
      - {copy: src, to: /src/}
      - run: last
targets: {app: {}}
";
    write(&folder, "docker/image.yaml", steps);
    commit(&folder);
    let because = |from: &str, to: &str| {
        assert!(steps.contains(from), "{from}");
        write(&folder, "docker/image.yaml", &steps.replace(from, to));
        let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
        let line =
            out.lines().find(|line| line.starts_with("changed: ")).unwrap_or_else(|| panic!("{out}{err}"));
        line.split_once("): ").unwrap().1.to_owned()
    };
    assert_eq!(because("make second", "make other"), "script: make second -> make other");
    assert_eq!(because("          make second\n", ""), "script: make second -> (nothing)");
    assert_eq!(because("LEVEL: \"3\"", "LEVEL: \"4\", MORE: a"), "env LEVEL: 3 -> 4, env MORE a added");
    assert_eq!(because("id: one", "id: two"), "mount /cache id: /one -> /two");
    assert_eq!(because("/cache, id: one}", "/cache, id: one}, {tmpfs: /tmp}"), "mount /tmp added");
    assert_eq!(because("content: text", "content: other"), "the content of the file");
    assert_eq!(because("to: /src/", "to: /source/"), "to: /src/ -> /source/");
    assert_eq!(because("      - run: last\n", "      - run: new\n      - run: last\n"), "the step is new");
    assert_eq!(because("      - {file: /a, content: text}\n", ""), "the step is gone");
}

/// git looks at times before it looks at content. An edit of the same size in the second of the commit is found all the same.
#[test]
fn an_edit_in_the_second_of_the_commit_is_found() {
    let folder = repository("second");
    git(&folder, &["config", "core.trustctime", "false"]);
    let path = folder.0.join("docker/src/a.c");
    let index = folder.0.join(".git/index");
    let time = fs::metadata(&index).unwrap().modified().unwrap() - std::time::Duration::from_secs(10);
    let set = |path: &std::path::Path| {
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap()
    };
    set(&path);
    git(&folder, &["update-index", "--refresh"]);
    set(&index);
    write(&folder, "docker/src/a.c", "b");
    set(&path);
    let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.contains("src/a.c changed\n"), "{out}{err}");
}

/// git does not look at files with these marks, and a build sends them as they are.
#[test]
fn a_file_that_git_is_told_not_to_look_at_counts() {
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        let folder = repository(&format!("marks{mark}"));
        git(&folder, &["update-index", mark, "docker/src/a.c"]);
        check(&folder, "");
        write(&folder, "docker/src/a.c", "new");
        let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
        assert!(out.contains("src/a.c changed\n"), "{mark}: {out}{err}");
        fs::remove_file(folder.0.join("docker/src/a.c")).unwrap();
        let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
        assert_eq!(out.contains("src/a.c removed\n"), mark == "--assume-unchanged", "{mark}: {out}{err}");
    }
}

#[test]
fn a_bare_repository_has_revisions_and_no_work_tree() {
    let folder = repository("bare");
    write(&folder, "docker/src/a.c", "new");
    commit(&folder);
    let from = format!("file://{}", folder.0.display());
    git(&folder, &["clone", "--quiet", "--bare", &from, "bare.git"]);
    let varve = |words: &[&str]| {
        let mut varve = Command::new(env!("CARGO_BIN_EXE_varve"));
        let output = varve.args(["changed", "docker/image.yaml", "--since", "HEAD^"]).args(words);
        let output = output.current_dir(folder.0.join("bare.git")).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = varve(&["--to", "HEAD"]);
    assert!(code == Some(0) && out.contains("docker/image.yaml:6): src/a.c changed\n"), "{out}{err}");
    let (code, out, err) = varve(&[]);
    assert!(code == Some(2) && err.contains("name the revision after the change with --to"), "{out}{err}");
}

#[test]
fn temporary_files_in_the_context_do_not_count() {
    let folder = repository("temporary");
    write(&folder, "docker/image.yaml", &FAMILY.replace("copy: src", "copy: ."));
    commit(&folder);
    fs::create_dir(folder.0.join("docker/tmp")).unwrap();
    let mut varve = Command::new(env!("CARGO_BIN_EXE_varve"));
    varve
        .args(["changed", "docker/image.yaml", "--since", "HEAD"])
        .env("TMPDIR", folder.0.join("docker/tmp"));
    let output = varve.current_dir(&folder.0).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("0 of 2 images changed"), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(folder.0.join("docker/tmp")).unwrap().count(), 0);
}

/// A large file that git does not track is not written by git.
#[test]
fn a_large_untracked_file_counts_with_its_bytes() {
    let folder = repository("large");
    fs::write(folder.0.join("docker/src/large"), vec![7; 9 << 20]).unwrap();
    let (_, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(out.contains("src/large added\n"), "{out}{err}");
    assert!(err.contains("docker/src/large\n"), "{err}");
    let kept = fs::read(folder.0.join("docker/src/large")).unwrap();
    assert!(kept.len() == 9 << 20 && kept.iter().all(|byte| *byte == 7));
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_temporary_folder() {
    let folder = repository("signal");
    // A filter of git takes a while.
    write(&folder, ".gitattributes", "*.slow filter=slow\n");
    git(&folder, &["config", "filter.slow.clean", "sleep 2; cat"]);
    write(&folder, "docker/a.slow", "x");
    fs::create_dir(folder.0.join("made")).unwrap();
    let mut varve = Command::new(env!("CARGO_BIN_EXE_varve"));
    varve.args(["changed", "docker/image.yaml", "--since", "HEAD"]).env("TMPDIR", folder.0.join("made"));
    let mut running = varve.current_dir(&folder.0).stdout(std::process::Stdio::null()).spawn().unwrap();
    let count = || fs::read_dir(folder.0.join("made")).unwrap().count();
    let wait = |wanted: &dyn Fn(usize) -> bool| {
        let is = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            wanted(count())
        });
        assert!(is, "{} folders", count());
    };
    wait(&|count| count == 2);
    running.kill().unwrap();
    running.wait().unwrap();
    wait(&|count| count == 0);
}

/// What hooks and CI set up: another index, a variable for the repository, a sparse checkout, names that are not UTF-8.
#[test]
fn repositories_of_all_kinds_are_read_as_a_checkout_has_them() {
    let folder = repository("kinds");
    fs::write(folder.0.join("docker").join(std::ffi::OsStr::new("odd\u{e9}\u{7}")), "x").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        fs::write(folder.0.join("docker").join(std::ffi::OsStr::from_bytes(b"\xff")), "x").unwrap();
    }
    let (code, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(code == 0 && out.starts_with("0 of 2 "), "{out}{err}");
    assert!(err.contains("docker/oddé\\u{7}") && !err.contains('\u{7}'), "{err}");
    commit(&folder);
    // A hook has the variable, and another folder.
    let mut hook = Command::new(env!("CARGO_BIN_EXE_varve"));
    hook.args(["changed", "image.yaml", "--since", "HEAD"]).current_dir(folder.0.join("docker"));
    let output =
        hook.env("GIT_DIR", folder.0.join(".git")).env("GIT_INDEX_FILE", "/nowhere").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("0 of 2 images changed since HEAD ("), "{out}");
    git(&folder, &["sparse-checkout", "set", "--no-cone", "/docker/image.yaml"]);
    assert!(!folder.0.join("docker/src").exists());
    let (code, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(code == 0 && out.starts_with("0 of 2 "), "{out}{err}");
}

#[test]
fn what_one_side_alone_has_can_be_selected() {
    let folder = repository("selected");
    write(&folder, "docker/image.yaml", &FAMILY.replace("[cpu, cuda]", "[cuda, rocm]"));
    for (device, expect) in [("rocm", "\nadded\n  app device=rocm"), ("cpu", "\nremoved\n  app device=cpu")] {
        let device = format!("device={device}");
        let (code, out, err) = changed(&folder, &["--since", "HEAD", "--build-arg", &device]);
        assert!(code == 0 && out.contains(expect) && out.matches("\n  ").count() == 1, "{out}{err}");
    }
    let (code, _, err) = changed(&folder, &["--since", "HEAD", "--build-arg", "device=xpu"]);
    assert!(code == 1 && err.contains("device"), "{err}");
    // A variant that lost a platform is built again.
    let two = FAMILY.replace("app: {tags", "app: {platforms: [linux/amd64, linux/arm64], tags");
    write(&folder, "docker/image.yaml", &two);
    commit(&folder);
    write(&folder, "docker/image.yaml", &two.replace(", linux/arm64", ""));
    let (_, out, _) = changed(&folder, &["--since", "HEAD", "--format", "bake"]);
    let bake: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(bake["target"].as_object().unwrap().len(), 2);
    assert_eq!(bake["target"]["app-cpu"]["platforms"][0], "linux/amd64");
    let (_, key, _) = folder.varve(&["key", "docker/image.yaml"]);
    let label = bake["target"]["app-cpu"]["labels"]["varve.key"].as_str().unwrap();
    assert!(key.contains(label), "{key}\n{label}");
    let (code, _, err) = changed(&folder, &["--since", "HEAD", "--to", "HEAD", "--format", "bake"]);
    assert!(code == 2 && err.contains("leave out --to"), "{err}");
}

#[test]
fn mistakes_of_a_revision_have_its_name() {
    let folder = repository("mistakes");
    write(&folder, "docker/image.yaml", &FAMILY.replace("from:", "form:"));
    commit(&folder);
    write(&folder, "docker/image.yaml", &format!("# syntax=varve/frontend:1\n{FAMILY}"));
    let (code, out, err) = changed(&folder, &["--since", "HEAD"]);
    assert!(code == 1 && err.contains("--> HEAD:docker/image.yaml:4:5"), "{out}{err}");
    let (_, out, _) = changed(&folder, &["--since", "HEAD^"]);
    assert!(out.contains("\nchanged: the image: the frontend: (nothing) -> varve/frontend:1\n"), "{out}");
    fs::remove_file(folder.0.join("docker/image.yaml")).unwrap();
    let (code, out, err) = changed(&folder, &["--since", "HEAD^", "--exit-code"]);
    assert!(code == 3 && out.contains("2 removed"), "{out}{err}");
}

#[test]
fn a_side_to_compare_with_has_to_be_named_and_only_one() {
    let folder = Folder::new("changed-usage", &[("image.yaml", "stages: {app: {from: x}}\n")]);
    for (words, expect) in [
        (&["changed"][..], "<--since <REV>|--published>"),
        (&["changed", "--since", "a", "--published"], "cannot be used with '--published'"),
        (&["changed", "--published", "--to", "a"], "'--published' cannot be used with '--to <REV>'"),
    ] {
        let (code, out, err) = folder.varve(words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}");
        assert!(err.contains(expect), "{words:?}: {err}");
    }
}
