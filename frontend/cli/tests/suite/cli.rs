//! Runs the program and compares standard output, standard error and the exit code.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;

/// A family of 5 variants.
pub(crate) const FAMILY: &str = "\
name: acme
axes:
  os: [ubuntu, rocky]
  device: {cpu: {}, cuda12: {version: 12}, cuda13: {version: 13}}
support:
  - {exclude: os == \"rocky\" and device == \"cuda13\", because: not yet}
stages:
  app: {from: \"${{ os }}:${{ device }}\"}
targets:
  app:
    platforms: [linux/amd64, {if: device == \"cpu\", then: linux/arm64}]
    tags: \"acme/app:${{ os }}-${{ device }}\"
    publish: os == \"ubuntu\"
";

#[test]
fn a_family_without_mistakes() {
    let folder = Folder::new("good", &[("image.yaml", FAMILY)]);
    let (code, out, err) = folder.varve(&["check"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "image.yaml: 5 variants, no mistakes\n"));
    let (code, out, _) = folder.varve(&["check", "--format=json", "image.yaml"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["variants"], &json["found"]), (0, &Value::from(5), &Value::Array(Vec::new())));
}

#[test]
fn mistakes_are_shown_and_counted() {
    let wrong =
        FAMILY.replace("${{ device }}\"}", "${{ device.version }}\"}").replace("name: acme", "args: {a: b}");
    let folder = Folder::new("bad", &[("sub/image.yaml", &wrong)]);
    let (code, out, err) = folder.varve(&["check", "sub/image.yaml"]);
    assert_eq!(code, 1);
    assert_eq!(err, "sub/image.yaml: 5 variants, 1 error, 1 warning\n");
    let expect = "error[missing-property]: `cpu` has no property `version` for device=cpu (2 of 5 variants)\n  --> sub/image.yaml:8:";
    assert!(out.starts_with(expect), "{out}");
    assert!(out.contains("\nwarning[unused-arg]: the argument `a` is not used\n"), "{out}");

    let (code, out, _) = folder.varve(&["check", "sub/image.yaml", "--skip", "all"]);
    assert_eq!((code, out.contains("unused-arg"), out.contains("missing-property")), (1, false, true));
    let (_, out, _) = folder.varve(&["check", "sub/image.yaml", "--strict"]);
    assert!(out.contains("error[unused-arg]"), "{out}");
    let (code, out, _) = folder.varve(&["check", "sub/image.yaml", "--build-arg=device=cuda12"]);
    assert_eq!((code, out.contains("missing-property")), (0, false), "only what is asked about");

    let (_, out, _) = folder.varve(&["check", "sub/image.yaml", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["found"][0]["rule"], "missing-property");
    assert_eq!(json["found"][0]["place"]["start"]["line"], 8);
}

#[test]
fn what_cannot_be_read_is_an_error_of_the_file_or_of_the_command() {
    let folder = Folder::new("unread", &[("image.yaml", "stages: [\n"), ("bytes.yaml", "a")]);
    fs::write(folder.0.join("bytes.yaml"), [0xff]).unwrap();
    let (code, out, err) = folder.varve(&["check"]);
    assert_eq!((code, err.as_str()), (1, "image.yaml: 1 error\n"), "{out}");
    let check = |arguments: &[&str], expect: &[&str]| {
        let (code, out, err) = folder.varve(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        for part in expect {
            assert!(err.contains(part), "{arguments:?}: {part} is not in {err}");
        }
    };
    check(&["check", "none.yaml"], &["error: there is no file none.yaml\n"]);
    check(&["chek"], &["unrecognized subcommand 'chek'", "'check'"]);
    check(
        &["check", "--fromat", "json"],
        &["unexpected argument '--fromat'", "a similar argument exists: '--format'"],
    );
    check(&["check", "--format", "xml"], &["invalid value 'xml' for '--format", "text, json"]);
    check(&["check", "a", "b"], &["unexpected argument 'b'", "Usage: varve check [OPTIONS] [FILE]"]);
    check(
        &["check", "--build-arg", "x"],
        &["invalid value 'x' for '--build-arg", "expected NAME=VALUE, such as device=cuda"],
    );
    check(
        &["check", "--platform", "a/b/c/d"],
        &["invalid value 'a/b/c/d' for '--platform", "such as linux/amd64"],
    );
}

#[test]
fn files_that_cannot_be_read_are_findings_at_the_place_that_names_them() {
    let folder = Folder::new(
        "named",
        &[
            ("image.yaml", "include: [none.yaml, ../x.yaml, sub]\nstages: {a: {from: scratch}}\n"),
            ("sub/x", ""),
            ("paths.yaml", "stages: {a: {from: {dockerfile: D}, steps: [{copy: [b, sub, c], to: /}]}}\n"),
            (".dockerignore", "sub\n"),
            ("c", ""),
        ],
    );
    let (code, out, _) = folder.varve(&["check"]);
    let titles = |out: &str| -> Vec<String> {
        out.lines().filter(|line| line.contains("]: ")).map(str::to_owned).collect()
    };
    let expect = [
        "error[include]: there is no file `none.yaml`",
        "error[include]: `../x.yaml` is outside the folder of the build file",
        "error[include]: `sub` is a folder, expected a file",
    ];
    assert_eq!((code, titles(&out)), (1, expect.map(str::to_owned).to_vec()));
    let (code, out, _) = folder.varve(&["check", "paths.yaml"]);
    let expect = [
        "error[missing-path]: the context has no Dockerfile `D`",
        "warning[missing-path]: the context has no `b`",
        "warning[missing-path]: the context has no `sub`",
    ];
    assert_eq!((code, titles(&out)), (1, expect.map(str::to_owned).to_vec()));
}

#[test]
fn behind_two_dashes_everything_is_an_operand() {
    let folder = Folder::new("dashes", &[("--odd.yaml", FAMILY)]);
    let (code, _, err) = folder.varve(&["check", "--strict", "--", "--odd.yaml"]);
    assert_eq!((code, err.as_str()), (0, "--odd.yaml: 5 variants, no mistakes\n"));
}

/// If the output of a command is JSON, errors are JSON too, in one form for all commands.
#[test]
fn mistakes_are_json_where_the_output_is() {
    let folder = Folder::new("json", &[("image.yaml", "stages: {app: {form: x}}\n")]);
    let commands = ["check", "matrix", "plan", "explain", "graph", "llb", "dockerfile", "diff target=app"];
    for command in commands {
        let words: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let (code, out, err) = folder.varve(&words);
        let json: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{command}: {out}{err}"));
        assert_eq!((code, json["found"][0]["rule"].as_str()), (1, Some("unknown-key")), "{command}");
    }
    let folder = Folder::new("json-good", &[("image.yaml", FAMILY), ("project/go.mod", "module a\n")]);
    for command in [
        "check",
        "matrix",
        "plan",
        "explain",
        "graph",
        "dockerfile",
        "diff device=cuda12",
        "bake",
        "schema",
        "init project",
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let (code, out, err) = folder.varve(&words);
        assert!(code == 0 && serde_json::from_str::<Value>(&out).is_ok(), "{command}: {out}{err}");
    }
    let (code, out, _) = folder.varve(&["lock", "--check", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["lock"].is_null()), (1, true));
}

/// The process does not write to a terminal here, so there are no colours. `NO_COLOR` changes nothing.
#[test]
fn without_a_terminal_there_are_no_colours() {
    let folder = Folder::new("plain", &[("image.yaml", "stages: {app: {form: x}}\n")]);
    for words in [&["check"][..], &["plan"], &["--help"], &["chek"]] {
        let (_, out, err) = folder.varve(words);
        assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "{words:?}: {out}{err}");
    }
}

/// `script` of util-linux gives the process a terminal.
#[test]
fn colours_on_a_terminal_unless_no_color_is_set() {
    let folder = Folder::new("terminal", &[("image.yaml", "stages: {app: {form: x}}\n")]);
    let on_terminal = |variables: &[(&str, &str)]| {
        let mut command = Command::new("script");
        command.args([
            "--quiet",
            "--command",
            &format!("{} check", env!("CARGO_BIN_EXE_varve")),
            "/dev/null",
        ]);
        let command = command.current_dir(&folder.0).env_remove("NO_COLOR").env("TERM", "xterm");
        let output = command.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let coloured = on_terminal(&[]);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31merror[unknown-key]"), "{coloured:?}");
    // https://no-color.org: only a value that is not empty counts.
    assert_eq!(on_terminal(&[("NO_COLOR", "")]), coloured);
    for variables in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let plain = on_terminal(&variables);
        assert!(plain.contains("error[unknown-key]") && !plain.contains('\u{1b}'), "{plain:?}");
    }
}

#[test]
fn completions_for_four_shells_and_manual_pages() {
    let folder = Folder::new("pages", &[("image.yaml", FAMILY)]);
    for (shell, part) in [
        ("bash", "complete -F _varve"),
        ("zsh", "#compdef varve"),
        ("fish", "complete -c varve"),
        ("powershell", "Register-ArgumentCompleter"),
        ("PowerShell", "Register-ArgumentCompleter"),
        ("ZSH", "#compdef varve"),
    ] {
        let (code, out, err) = folder.varve(&["completions", shell]);
        assert!(code == 0 && out.contains(part) && out.contains("dockerfile"), "{shell}: {err}{out}");
    }
    let (code, out, _) = folder.varve(&["man", "check"]);
    assert!(
        code == 0 && out.contains(".TH varve-check 1") && out.contains("Treat warnings as errors"),
        "{out}"
    );
    assert_eq!(folder.varve(&["man", "chek"]).0, 2);
    assert_eq!(folder.varve(&["man", "--dir", "man1"]).0, 0);
    let pages = fs::read_dir(folder.0.join("man1")).unwrap().count();
    let commands = folder
        .varve(&["-h"])
        .1
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("  -"))
        .count();
    // `help` has no page of its own, and varve has one.
    assert_eq!(pages, commands, "a page for each command");
    for page in fs::read_dir(folder.0.join("man1")).unwrap() {
        let text = fs::read_to_string(page.unwrap().path()).unwrap().replace('\\', "");
        let named = text.split("(1)").filter_map(|before| before.split_whitespace().last());
        for name in named.filter(|name| name.starts_with("varve")) {
            assert!(folder.0.join(format!("man1/{name}.1")).exists(), "a page refers to {name}(1)");
        }
    }
    assert_eq!(folder.varve(&["man", "--dir", "new/man1"]).0, 0, "varve makes the folder");
    assert!(folder.0.join("new/man1/varve-check.1").exists());
    let (code, _, err) = folder.varve(&["man", "--dir", "image.yaml"]);
    assert!(code == 2 && err.contains("varve cannot make the folder image.yaml"), "{err}");
}

/// bash loads the completions, and completes a command and an option with them.
#[test]
fn bash_completes_commands_and_options() {
    let folder = Folder::new("bash", &[("image.yaml", FAMILY)]);
    let complete = |words: &str| {
        let script = format!(
            "source <({} completions bash)\nCOMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _varve varve \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\necho \"${{COMPREPLY[@]}}\"",
            env!("CARGO_BIN_EXE_varve")
        );
        let output =
            Command::new("bash").args(["--norc", "-c", &script]).current_dir(&folder.0).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("varve che"), "check");
    assert_eq!(complete("varve check --str"), "--strict");
    assert_eq!(complete("varve check --format j"), "json");
}

#[test]
fn a_first_build_file_is_written_where_one_stands() {
    let folder = Folder::new("init", &[("my project/go.mod", "module example.com/x\n\ngo 1.23\n")]);
    let (code, out, err) = folder.varve(&["init", "my project"]);
    assert_eq!((code, out.as_str()), (0, "docker buildx build -f 'my project/image.yaml' 'my project'\n"));
    assert_eq!(err, "my project/image.yaml: written for a Go project (go.mod); build it with:\n");
    assert_eq!(folder.varve(&["check", "my project/image.yaml"]).0, 0);
    fs::write(folder.0.join("Cargo.toml"), "[package]\nname = \"tool\"\n").unwrap();
    let (code, out, err) = folder.varve(&["init"]);
    assert_eq!((code, out.as_str()), (0, "docker buildx build -f image.yaml .\n"));
    assert_eq!(err, "image.yaml: written for a Rust project (Cargo.toml); build it with:\n");
    assert_eq!(folder.varve(&["check", "--strict"]).0, 0);
}

#[test]
fn files_beside_the_build_file_are_read() {
    let text = "include: [more.yaml]\nvars: {v: {file: VERSION}}\n";
    let more = "stages: {app: {from: \"x:${{ v }}\"}}\ntargets: {app: {tags: \"r:${{ v }}\"}}\n";
    let files = [("image.yaml", text), ("more.yaml", more), ("VERSION", "1.2\n")];
    let folder = Folder::new("files", &files);
    assert_eq!(folder.varve(&["check"]).0, 0);
    let (_, out, _) = folder.varve(&["matrix", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["variants"][0]["tags"][0], "r:1.2");
    fs::create_dir(folder.0.join("elsewhere")).unwrap();
    let (code, out, _) = folder.varve(&["check", "--context", "elsewhere"]);
    assert!(code == 1 && out.contains("the context has no file `VERSION`"), "{out}");
}

#[test]
fn includes_are_seen_from_the_build_file() {
    let image = "include: [more/stages.yaml]\nargs: {a: \"1\"}\n";
    let stages = "stages: {app: {from: \"x:${{ b }}\"}}\n";
    let folder = Folder::new("includes", &[("sub/image.yaml", image), ("sub/more/stages.yaml", stages)]);
    let absolute = folder.0.join("sub/image.yaml");
    for file in ["sub/image.yaml", "./sub/../sub/image.yaml", absolute.to_str().unwrap()] {
        let (code, out, _) = folder.varve(&["check", file]);
        let shown = format!("{}/more/stages.yaml:1:", file.trim_end_matches("/image.yaml"));
        assert!(code == 1 && out.contains("unknown name `b`") && out.contains(&shown), "{file}: {out}");
    }
}

#[test]
fn a_lock_is_held_against_the_family() {
    let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let locked = |images: &[&str]| {
        let lines = images.iter().map(|image| format!("  \"{image}\": sha256:{digest}\n"));
        format!("version: 1\nimages:\n{}", lines.collect::<String>())
    };
    let all = ["rocky:cpu", "rocky:cuda12", "ubuntu:cpu", "ubuntu:cuda12", "ubuntu:cuda13"];
    let folder = Folder::new("lock", &[("image.yaml", FAMILY), ("image.lock", &locked(&all))]);
    let (code, out, err) = folder.varve(&["lock", "--check"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "image.lock: up to date, 7 names\n"));

    fs::write(
        folder.0.join("image.lock"),
        locked(&["ubuntu:cpu", "ubuntu:cuda11", "ubuntu:cuda12", "ubuntu:cuda13", "rocky:cpu"]),
    )
    .unwrap();
    let (code, out, err) = folder.varve(&["lock", "--check", "image.yaml"]);
    assert_eq!((code, err.as_str()), (1, "image.lock: out of date, 1 missing, 1 unused\n"));
    let expect = "warning[stale-lock]: image.lock has no entry for the image `rocky:cuda12` for linux/amd64
";
    assert!(out.starts_with(expect), "{out}");
    assert!(out.contains("--> image.yaml:8:") && out.contains("--> image.lock:4:"), "{out}");

    // Commands that describe a build use the digests of the lock, and report entries that are missing.
    let (code, out, err) = folder.varve(&["plan"]);
    assert!(code == 0 && err.is_empty(), "{err}");
    assert!(out.contains(&format!("  pinned: docker.io/library/ubuntu:cpu@sha256:{digest}\n")), "{out}");
    let (code, out, err) = folder.varve(&["plan", "--build-arg=os=rocky", "--build-arg=device=cuda12"]);
    assert!(code == 0 && !out.contains("pinned"), "{out}");
    assert!(err.contains("image.lock has no entry for the image `rocky:cuda12` for linux/amd64"), "{err}");

    fs::write(folder.0.join("image.lock"), "version: 1\nimages: []\n").unwrap();
    for command in [&["lock", "--check"][..], &["check"]] {
        let (code, _, err) = folder.varve(command);
        assert_eq!(code, 1);
        assert!(err.starts_with("error[wrong-type]: found a list\n"), "{err}");
    }
    fs::remove_file(folder.0.join("image.lock")).unwrap();
    let (code, _, err) = folder.varve(&["lock", "--check"]);
    assert_eq!(code, 1);
    let expect = "there is no image.lock; write it with:\n\n    docker buildx build --call=lock -f image.yaml . > image.lock";
    assert!(err.contains(expect), "{err}");
    let (code, _, err) = folder.varve(&["lock"]);
    assert!(code == 2 && err.contains("only a builder can write a lock"), "{err}");
}

#[test]
fn references_are_pinned_wherever_they_stand() {
    let [old, new, other] = ["a", "b", "c"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let lock = format!("version: 1\nimages:\n  \"ghcr.io/acme/build:1\": {new}\n  \"debian:12\": {other}\n");
    let workflow = format!("jobs:\n  a:\n    container: ghcr.io/acme/build@{old}\n    with: debian:12\n");
    let guide = format!("Run `docker run ghcr.io/acme/build:1@{old}`.\n");
    let files = [
        ("image.lock", lock.as_str()),
        (".github/workflows/a.yml", &workflow),
        ("docs/guide.md", &guide),
        (".git/config", &workflow),
        ("docs/current.md", &guide.replace(&old, &new)),
    ];
    let folder = Folder::new("pin", &files);
    fs::write(folder.0.join("binary"), [0xff, 0xfe]).unwrap();
    let expect = format!(
        "./.github/workflows/a.yml:3:16: ghcr.io/acme/build@{old} -> {new}\n\
         ./docs/guide.md:1:17: ghcr.io/acme/build:1@{old} -> {new}\n"
    );
    let (code, out, err) = folder.varve(&["pin", "--check", "."]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (
            1,
            expect.as_str(),
            "./binary: skipped, because it is not UTF-8\n2 references stale, in 2 of 3 files\n"
        )
    );
    let text = |path: &str| fs::read_to_string(folder.0.join(path)).unwrap();
    assert_eq!(text("docs/guide.md"), guide, "it was only looked at");

    let (code, out, err) = folder.varve(&["pin", "docs", ".github"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.replace("./", ""), expect.replace("./", ""));
    assert_eq!(text(".github/workflows/a.yml"), workflow.replace(&old, &new));
    assert_eq!(text("docs/guide.md"), guide.replace(&old, &new));
    assert_eq!(text(".git/config"), workflow);
    assert_eq!(folder.varve(&["pin", "--check", "."]).0, 0);
    let (code, out, _) = folder.varve(&["pin", "--check", "--add", "."]);
    assert_eq!(code, 1);
    assert_eq!(out, format!("./.github/workflows/a.yml:4:11: debian:12 -> {other}\n"));

    // The file that `--metadata-file` of a build writes, and that of bake.
    let metadata =
        format!("{{\"containerimage.digest\": \"{other}\", \"image.name\": \"ghcr.io/acme/build:1,x:2\"}}");
    fs::write(folder.0.join("built.json"), &metadata).unwrap();
    fs::write(folder.0.join("baked.json"), format!("{{\"app\": {metadata}}}")).unwrap();
    for metadata in ["built.json", "baked.json"] {
        let (code, out, _) = folder.varve(&["pin", "--check", "--metadata", metadata, "docs"]);
        assert_eq!((code, out.lines().count()), (1, 2), "{out}");
    }
    let image = format!("ghcr.io/acme/build:1@{new}");
    assert_eq!(folder.varve(&["pin", "--check", "--image", &image, "docs"]).0, 0);
}

#[test]
fn what_cannot_be_pinned_says_why() {
    let folder =
        Folder::new("pin-wrong", &[("a.md", "x"), ("empty.json", "{}"), ("image.lock", "images: []\n")]);
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let (found, _, err) = folder.varve(arguments);
        assert!(found == code && err.contains(expect), "{arguments:?}: {found}: {err}");
    };
    check(&["pin"], 2, "<PATH>...");
    check(
        &["pin", "--image", "a:1", "a.md"],
        2,
        "invalid value 'a:1' for '--image <NAME:TAG@DIGEST>': expected NAME:TAG@sha256:DIGEST",
    );
    check(&["pin", "--lock", "no.lock", "a.md"], 2, "there is no file no.lock");
    check(&["pin", "a.md"], 1, "error[wrong-type]: found a list");
    check(
        &["pin", "--metadata", "empty.json", "a.md"],
        2,
        "empty.json contains no image with a name and a digest",
    );
    check(&["pin", "--metadata", "a.md", "a.md"], 2, "a.md is not the output of --metadata-file");
    check(&["schema", "image.yaml"], 2, "unexpected argument 'image.yaml'");
}

#[test]
fn the_matrix_in_three_forms() {
    let folder = Folder::new("matrix", &[("image.yaml", FAMILY)]);
    let (code, out, _) = folder.varve(&["matrix"]);
    let expect = "\
TARGET  AXES                     PLATFORMS                PUBLISH  TAGS
app     os=ubuntu device=cpu     linux/amd64,linux/arm64  yes      acme/app:ubuntu-cpu
app     os=ubuntu device=cuda12  linux/amd64              yes      acme/app:ubuntu-cuda12
app     os=ubuntu device=cuda13  linux/amd64              yes      acme/app:ubuntu-cuda13
app     os=rocky device=cpu      linux/amd64,linux/arm64  no
app     os=rocky device=cuda12   linux/amd64              no

5 variants
";
    assert_eq!((code, out.as_str()), (0, expect));
    let (_, out, _) = folder.varve(&["matrix", "--format", "gha"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["include"].as_array().unwrap().len(), 3, "what is published");
    assert_eq!(json["include"][0]["build-args"], "os=ubuntu\ndevice=cpu");
    let (_, out, _) = folder.varve(&["matrix", "--build-arg", "os=rocky", "--platform", "linux/arm64"]);
    assert!(out.contains("os=rocky device=cpu  linux/arm64  no"), "{out}");
    assert!(out.ends_with("\n1 variant\n"), "{out}");
}

#[test]
fn what_tells_of_a_build_says_what_is_wrong_with_the_question() {
    let text = "axes: {device: [cpu, cuda]}\nargs: {jobs: {type: int, default: 1}}\nsupport: [{exclude: device == \"cuda\", because: not yet}]\nstages: {app: {from: \"debian:12\", steps: [{run: \"make -j${{ jobs }}\"}]}}\n";
    let folder =
        Folder::new("questions", &[("image.yaml", text), ("bad.yaml", "stages: {app: {form: x}}\n")]);
    for command in [&["plan"][..], &["explain"], &["graph"], &["llb"], &["diff", "jobs=2"]] {
        let check = |more: &[&str], code: i32, expect: &str| {
            let arguments = [command, more].concat();
            let (found, out, err) = folder.varve(&arguments);
            assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {err}");
            assert!(err.contains(expect), "{arguments:?}: {err}");
        };
        check(&["--target", "ap"], 1, "there is no target or stage `ap`");
        check(&["--build-arg", "device=tpu"], 1, "`device` has no value `tpu`");
        check(&["--build-arg", "device=cuda"], 1, "not yet");
        check(&["--build-arg", "jobs"], 2, "expected NAME=VALUE");
        check(&["--platform", "amd64/x/y/z"], 2, "expected a platform, such as linux/amd64");
        check(&["--build-arg", "SOURCE_DATE_EPOCH=later"], 2, "SOURCE_DATE_EPOCH");
        let bad = if command[0] == "diff" { &["--file", "bad.yaml"][..] } else { &["bad.yaml"] };
        check(bad, 1, "unknown key `form`");
        let (code, out, err) = folder.varve(&[command, &["--build-arg", "job=2"]].concat());
        assert!(code == 0 && !out.is_empty(), "{err}");
        assert!(err.contains("--build-arg job has no effect"), "{err}");
    }
    // `diff` reports an invalid value of an arg.
    let (code, _, err) = folder.varve(&["diff", "jobs=many"]);
    assert!(code == 1 && err.contains("`jobs` is `many`"), "{err}");
}

#[test]
fn help_lists_what_there_is() {
    let folder = Folder::new("help", &[("image.yaml", FAMILY)]);
    let (code, out, _) = folder.varve(&[]);
    assert!(code == 0 && out.contains("Find mistakes in all variants"), "{out}");
    for words in [&["help"][..], &["--help"], &["-h"]] {
        let (code, out, _) = folder.varve(words);
        assert!(code == 0 && out.contains("Usage: varve <COMMAND>"), "{out}");
    }
    for words in [["help", "check"], ["check", "--help"], ["check", "-h"]] {
        let (code, out, _) = folder.varve(&words);
        assert!(code == 0 && out.contains("--skip <RULES>"), "{out}");
    }
    for words in ["--version", "-V"] {
        assert_eq!(folder.varve(&[words]).1, format!("varve {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn an_argument_that_is_not_utf_8_is_an_error_of_the_command() {
    let odd = OsStr::from_bytes(b"check\xff");
    let output = Command::new(env!("CARGO_BIN_EXE_varve")).arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("error: ") && text.contains("check"), "{text}");
}

#[test]
fn variables_that_are_not_utf_8_are_nothing_to_it() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_varve"));
    let output = command.arg("help").env("ODD", OsStr::from_bytes(b"\xff")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_line_that_help_shows_is_that_of_the_documents() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let line = readme.lines().find(|line| line.starts_with("# syntax=")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_varve")).arg("help").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().lines().any(|shown| shown.trim() == line), "{line}");
}

/// Compares two folders, each with a file system.
#[test]
fn two_images_are_compared() {
    let files = [("a/etc/motd", "one\n"), ("b/etc/motd", "two\n"), ("b/only", "x")];
    let folder = Folder::new("compare", &files);
    let (code, out, err) = folder.varve(&["compare", "a", "b"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("/etc/motd: content") && out.contains("/only: only in the second"), "{out}");
    assert_eq!(folder.varve(&["compare", "--exit-code", "a", "b"]).0, 3);
    assert_eq!(folder.varve(&["compare", "--exit-code", "a", "a"]).0, 0);
    let ignored = [
        "compare",
        "--exit-code",
        "a",
        "b",
        "--ignore",
        "/etc/motd",
        "--ignore",
        "/only",
        "--ignore",
        "files.size",
    ];
    assert_eq!(folder.varve(&ignored).0, 0, "{}", folder.varve(&ignored).1);
    let (_, out, _) = folder.varve(&["compare", "a", "b", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["differs"], true);
    let (code, _, err) = folder.varve(&["compare", "a", "none"]);
    assert!(code == 2 && err.starts_with("error: "), "{err}");
    let (code, _, err) = folder.varve(&["compare", "a", "b", "--ignore", "histroy"]);
    assert!(code == 2 && err.contains("did you mean `history`?"), "{err}");
}
