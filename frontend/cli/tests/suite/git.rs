//! The commit of the repository of the context, in the commands that write tags.

use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;

const FAMILY: &str = "\
stages: {app: {from: \"debian:12\"}}
targets:
  app: {tags: [\"repo/app:${{ git.revision }}\", \"repo/app:${{ git.source | default(\\\"none\\\") | replace(\\\":\\\", \\\"-\\\") | replace(\\\"/\\\", \\\"-\\\") }}\"]}
";

/// Runs git in the folder, without the settings of the machine.
fn git(folder: &Folder, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", "context"]).args(words);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").current_dir(&folder.0);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The folder is inside of the repository of varve, so the context gets a repository of its own.
#[test]
fn tags_have_the_commit_of_the_repository_of_the_context() {
    let folder = Folder::new("commit", &[("context/a", "x"), ("image.yaml", FAMILY)]);
    git(&folder, &["init", "--quiet"]);
    let commands = [&["bake"][..], &["matrix", "--format", "gha"], &["matrix", "--format", "json"]];
    let run = |command: &[&str]| folder.varve(&[command, &["--context", "context"]].concat());
    for command in commands {
        let (code, out, err) = run(command);
        assert_eq!(code, 1, "a repository without a commit, {command:?}: {out}{err}");
        let text = out + &err;
        assert!(
            text.contains("`git.revision` has no value: the context is in no git repository with a commit"),
            "{text}"
        );
        assert!(!text.contains("GIT_REVISION"), "{text}");
        assert!(text.contains("image.yaml:3") || text.contains("\"line\": 3"), "{text}");
    }
    // The table is for people: it has a placeholder.
    let (code, out, _) = run(&["matrix"]);
    assert!(code == 0 && out.contains("repo/app:GIT_REVISION"), "{out}");

    git(&folder, &["add", "a"]);
    git(&folder, &["commit", "--quiet", "--message", "first"]);
    let commit = git(&folder, &["rev-parse", "HEAD"]);
    for command in commands.iter().chain(&[&["matrix"][..]]) {
        let (code, out, err) = run(command);
        assert!(code == 0 && out.contains(&format!("repo/app:{commit}")), "{command:?}: {out}{err}");
        assert!(
            out.contains("repo/app:none") || command.len() == 1 && command[0] == "matrix",
            "{command:?}: {out}"
        );
    }
    git(&folder, &["remote", "add", "origin", "https://me:secret@example.com/app.git"]);
    let (_, out, _) = run(&["bake"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    let tags = json["target"].as_object().unwrap().values().next().unwrap()["tags"].as_array().unwrap();
    assert_eq!(tags[1], "repo/app:https---example.com-app.git");
}

#[test]
fn a_family_that_reads_no_commit_needs_no_repository() {
    let folder = Folder::new("no-commit", &[("image.yaml", "stages: {app: {from: \"debian:12\"}}\n")]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_varve"));
    let output = command.arg("bake").current_dir(&folder.0).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

/// `varve dockerfile` and `varve llb` write what is executed, so they have the real commit or an error.
#[test]
fn what_is_executed_has_the_commit() {
    let family = "stages: {app: {from: \"debian:12\", steps: [{run: \"echo ${{ git.revision }}\"}]}}\n";
    let folder = Folder::new("commit-executed", &[("context/a", "x"), ("image.yaml", family)]);
    git(&folder, &["init", "--quiet"]);
    for command in ["dockerfile", "llb"] {
        let (code, out, err) = folder.varve(&[command, "--context", "context"]);
        assert!(code == 1 && err.contains("`git.revision` has no value"), "{command}: {out}{err}");
    }
    git(&folder, &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let commit = git(&folder, &["rev-parse", "HEAD"]);
    for command in ["dockerfile", "llb"] {
        let (code, out, err) = folder.varve(&[command, "--context", "context"]);
        assert!(code == 0 && out.contains(&commit), "{command}: {out}{err}");
    }
}

/// The name and the digest of a base are those of the lock. Its environment is known to builders alone.
#[test]
fn a_printed_dockerfile_has_no_stand_in_for_the_base() {
    let family = "stages: {app: {from: \"debian:12\", image: {labels: {base: \"${{ base.KEY }}\"}}}}\n";
    let digest = format!("sha256:{}", "1".repeat(64));
    let lock = format!("version: 1\nimages:\n  \"debian:12\": {digest}\n");
    let check = |key: &str, locked: bool, code: i32, expect: &str| {
        let name = format!("base-of-dockerfile-{}-{locked}", key.replace('.', "-"));
        let text = family.replace("KEY", key);
        let mut files = vec![("image.yaml", text.as_str())];
        files.extend(locked.then_some(("image.lock", lock.as_str())));
        let (found, out, err) = Folder::new(&name, &files).varve(&["dockerfile"]);
        assert_eq!(found, code, "{out}{err}");
        assert!(format!("{out}{err}").contains(expect), "{out}{err}");
        assert!(!out.contains("BASE_"), "{out}");
    };
    check("digest", true, 0, &digest);
    check("name", true, 0, "docker.io/library/debian:12");
    check("digest", false, 1, "no lock has the digest of the base image");
    check("digest | default(\\\"none\\\")", false, 1, "no lock has the digest of the base image");
    check("env.PATH", true, 1, "only a builder reads the configuration of the base image");
}
