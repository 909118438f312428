//! The values that options give to a family: those that leave no variant, those that set nothing, and those that do not exist.

use serde_json::Value;

use crate::cli::FAMILY;
use crate::folder::Folder;

/// The commands that show a part of the matrix, and those that show one build.
const OF_MATRIX: [&[&str]; 4] = [&["check"], &["matrix"], &["bake"], &["matrix", "--format", "gha"]];
const OF_BUILD: [&[&str]; 5] = [&["plan"], &["explain"], &["graph"], &["dockerfile"], &["llb"]];

/// Runs a command. Returns the exit code and both streams, one after the other.
fn run(folder: &Folder, command: &[&str], more: &[&str]) -> (i32, String) {
    let (code, out, err) = folder.varve(&[command, more].concat());
    (code, out + &err)
}

#[test]
fn an_excluded_combination_is_the_same_error_for_every_command() {
    let folder = Folder::new("excluded", &[("image.yaml", FAMILY)]);
    let values = ["--build-arg", "os=rocky", "--build-arg", "device=cuda13"];
    let expect = "error[unsupported]: not yet\n";
    let help = "  help: nearest supported combination: --build-arg os=ubuntu, or --build-arg device=cpu";
    for command in OF_MATRIX.iter().chain(&OF_BUILD) {
        let (code, text) = run(&folder, command, &values);
        assert_eq!(code, 1, "{command:?}: {text}");
        assert!(text.contains(expect) && text.contains(help), "{command:?}: {text}");
        assert!(!text.contains("no mistakes"), "{command:?}: {text}");
    }
    let (code, out, err) = folder.varve(&[&["check", "--format", "json"], &values[..]].concat());
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["found"][0]["rule"].as_str()), (1, Some("unsupported")));
    assert_eq!(err, "image.yaml: 0 variants, 1 error\n");
    // One value alone leaves variants.
    assert_eq!(folder.varve(&["check", "--build-arg", "device=cuda13"]).0, 0);
}

#[test]
fn values_that_no_variant_has_are_an_error_without_a_rule_too() {
    let guarded = "axes: {device: [cpu, cuda]}\nstages: {app: {from: \"x:${{ device }}\"}}\n\
                   targets: {app: {if: device == \"cpu\"}}\n";
    let files = [("image.yaml", FAMILY), ("guarded.yaml", guarded)];
    let folder = Folder::new("none-left", &files);
    for command in OF_MATRIX {
        let (code, text) = run(
            &folder,
            command,
            &["--build-arg", "os=rocky", "--platform", "linux/s390x", "--target", "app"],
        );
        let expect = "error[no-variant]: no variant has os=rocky, target=app, platform=linux/s390x\n   --> image.yaml:10:3";
        assert!(code == 1 && text.contains(expect), "{command:?}: {text}");
        let (code, text) = run(&folder, command, &["guarded.yaml", "--build-arg", "device=cuda"]);
        assert!(code == 1 && text.contains("the target `app` does not exist in this variant"), "{text}");
    }
}

#[test]
fn a_build_argument_that_sets_nothing_is_the_same_warning_for_every_command() {
    let folder = Folder::new("bogus", &[("image.yaml", FAMILY), ("image.lock", "version: 1\n")]);
    let expect = "warning[unknown-arg]: --build-arg bogus has no effect\n";
    let lock = [&["lock", "--check"][..]];
    let diff = [&["diff", "device=cuda12"][..]];
    for command in OF_MATRIX.iter().chain(&OF_BUILD).chain(&lock).chain(&diff) {
        let (code, text) = run(&folder, command, &["--build-arg", "bogus=1"]);
        assert!(text.contains(expect), "{command:?}: {text}");
        assert_eq!(code, i32::from(command[0] == "lock"), "{command:?}: {text}");
        // varve and BuildKit read these themselves.
        let (_, text) =
            run(&folder, command, &["--build-arg", "VARVE_CHECKS=off", "--build-arg", "no_proxy=x"]);
        assert!(!text.contains("unknown-arg"), "{command:?}: {text}");
    }
    let (code, out, err) = folder.varve(&["check", "--strict", "--build-arg", "bogus=1"]);
    assert!(code == 1 && out.contains("error[unknown-arg]"), "{out}{err}");
    // Only text for people has warnings on standard output.
    let (_, out, _) = folder.varve(&["matrix", "--format", "json", "--build-arg", "bogus=1"]);
    assert!(serde_json::from_str::<Value>(&out).is_ok(), "{out}");
}

#[test]
fn every_command_takes_aliases_and_prints_the_names_that_they_stand_for() {
    let file = "axes: {device: {values: [cpu, cuda12], aliases: CUDA_VERSION}}\nargs: {jobs: {default: 1, aliases: JOBS}}\n\
                stages: {app: {from: \"x:${{ device }}-${{ jobs }}\"}}\ntargets: {app: {tags: \"a/b:${{ device }}\"}}\n";
    let folder = Folder::new("aliases", &[("image.yaml", file)]);
    let set = ["--build-arg", "CUDA_VERSION=cuda12", "--build-arg", "JOBS=2"];
    // The definition that `llb` prints has the text of the build file.
    for command in OF_MATRIX.iter().chain(&OF_BUILD[..4]) {
        let (code, text) =
            run(&folder, command, &[&set[..], &["--build-arg", "VARVE_STRICT_ARGS=1"]].concat());
        assert!(code == 0 && !text.contains("CUDA_VERSION") && !text.contains("JOBS"), "{command:?}: {text}");
        let (code, text) = run(&folder, command, &[&set[..], &["--build-arg", "device=cpu"]].concat());
        let expect = "error[bad-arg]: `device` is `cpu`, and `CUDA_VERSION` is `cuda12`";
        assert!(code == 1 && text.contains(expect), "{command:?}: {text}");
        let strict = ["--build-arg", "CUDA_VERSIONS=cuda12", "--build-arg", "VARVE_STRICT_ARGS=1"];
        let (code, text) = run(&folder, command, &strict);
        let expect = "error[unknown-arg]: --build-arg CUDA_VERSIONS has no effect";
        assert!(code == 1 && text.contains(expect), "{command:?}: {text}");
        assert!(text.contains("did you mean `CUDA_VERSION`?"), "{command:?}: {text}");
    }
    let (_, out, _) = folder.varve(&[&["bake"], &set[..]].concat());
    let bake: Value = serde_json::from_str(&out).unwrap();
    let target = bake["target"].as_object().unwrap().values().next().unwrap();
    assert_eq!(target["args"], serde_json::json!({"device": "cuda12", "jobs": "2"}));
}

#[test]
fn a_value_that_does_not_exist_is_the_same_error_for_every_command() {
    let folder = Folder::new(
        "no-value",
        &[("image.yaml", &FAMILY.replace("name: acme", "args: {jobs: {type: int, default: 1}}"))],
    );
    for (value, expect) in [
        ("os=trixy", "^^ set with --build-arg\n  help: known values: ubuntu, rocky\n"),
        ("jobs=many", "error[bad-arg]: `jobs` is `many`\n"),
    ] {
        let (_, of_plan) = run(&folder, &["plan"], &["--build-arg", value]);
        assert!(of_plan.contains(expect), "{of_plan}");
        for command in OF_MATRIX.iter().chain(&OF_BUILD) {
            let (code, text) = run(&folder, command, &["--build-arg", value]);
            assert!(code == 1 && text.starts_with(&of_plan), "{command:?}: {text}");
        }
    }
    let (code, _, err) = folder.varve(&["check", "--build-arg", "os=trixy"]);
    assert_eq!((code, err.as_str()), (1, "image.yaml: 1 error\n"));
}

#[test]
fn a_lock_is_for_the_whole_family() {
    let folder = Folder::new(
        "whole-lock",
        &[("fam/image.yaml", FAMILY), ("image.lock", "version: 1\n"), ("image.yaml", FAMILY)],
    );
    let (code, _, err) = folder.varve(&["lock", "--check", "--target", "app"]);
    assert!(code == 2 && err.contains("unexpected argument '--target'"), "{err}");
    let (code, _, err) = folder.varve(&["lock", "--check", "--build-arg", "os=rocky"]);
    assert_eq!((code, err.as_str()), (2, "error: a lock is for the whole family: remove --build-arg os\n"));
}

#[test]
fn the_command_that_writes_a_lock_has_the_context_that_varve_uses() {
    let folder =
        Folder::new("lock-context", &[("my project/fam/image.yaml", FAMILY), ("image.yaml", FAMILY)]);
    let check = |arguments: &[&str], expect: &str| {
        for check in [&["lock"][..], &["lock", "--check"]] {
            let (_, _, err) = folder.varve(&[check, arguments].concat());
            assert!(err.contains(&format!("\n    {expect}\n")), "{err}");
        }
    };
    check(&[], "docker buildx build --call=lock -f image.yaml . > image.lock");
    check(
        &["my project/fam/image.yaml"],
        "docker buildx build --call=lock -f 'my project/fam/image.yaml' 'my project/fam' > 'my project/fam/image.lock'",
    );
    check(
        &["my project/fam/image.yaml", "--context", "my project"],
        "docker buildx build --call=lock -f 'my project/fam/image.yaml' 'my project' > 'my project/fam/image.lock'",
    );
    let (_, out, _) = folder.varve(&["lock", "--check", "--format", "json", "my project/fam/image.yaml"]);
    assert!(out.contains("-f 'my project/fam/image.yaml' 'my project/fam' >"), "{out}");
}

#[test]
fn the_help_of_a_command_about_one_build_is_true_for_one_build() {
    let folder = Folder::new("one-build", &[("image.yaml", FAMILY)]);
    let help =
        |command: &str| folder.varve(&[command, "--help"]).1.split_whitespace().collect::<Vec<_>>().join(" ");
    for command in ["plan", "explain", "graph", "dockerfile", "llb", "diff"] {
        let help = help(command);
        assert!(help.contains("by default linux/amd64"), "{command}: {help}");
        assert!(
            !help.contains("select the variants") && !help.contains("a target that names none has them"),
            "{command}: {help}"
        );
    }
    for command in ["check", "matrix", "bake"] {
        let help = help(command);
        assert!(
            help.contains("select the variants") && help.contains("a target that names none has them"),
            "{command}: {help}"
        );
    }
    assert!(folder.varve(&["plan"]).1.contains("for linux/amd64"));
}

#[test]
fn every_exit_code_is_in_the_help_and_in_the_manual() {
    let folder = Folder::new("codes", &[("image.yaml", FAMILY)]);
    for words in [&["-h"][..], &["--help"], &["help"], &["man"]] {
        let text = folder.varve(words).1.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "");
        assert!(text.contains("3 a difference (only with `--exit-code`)"), "{words:?}: {text}");
    }
}

#[test]
fn each_known_name_is_listed_once() {
    let family =
        "stages: {base: {from: x}, dev: {from: base}, app: {from: base}}\ntargets: {dev: {}, app: {}}\n";
    let files = [("image.yaml", family), ("default.yaml", &format!("{family}default: nope\n"))];
    let folder = Folder::new("known", &files);
    for command in OF_MATRIX.iter().chain(&OF_BUILD) {
        let (code, text) = run(&folder, command, &["--target", "nope"]);
        assert!(code == 1 && text.contains("help: known names: dev, app, base\n"), "{command:?}: {text}");
        let (code, text) = run(&folder, command, &["default.yaml"]);
        assert!(code == 1 && text.contains("help: known names: dev, app, base\n"), "{command:?}: {text}");
    }
}

#[test]
fn a_stage_that_does_not_exist_is_an_error_as_a_target_is() {
    let folder = Folder::new("stage", &[("image.yaml", FAMILY)]);
    let (code, out, err) = folder.varve(&["explain", "--stage", "nope"]);
    let expect = "error[unknown-stage]: there is no stage `nope`\n";
    assert!(code == 1 && out.is_empty() && err.starts_with(expect), "{err}");
    assert!(err.contains("  help: known names: app\n") && err.contains("--> image.yaml:9:1"), "{err}");
    let (_, _, err) = folder.varve(&["explain", "--stage", "apq"]);
    assert!(err.contains("did you mean `app`?"), "{err}");
    let (code, out, _) = folder.varve(&["explain", "--stage", "nope", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["found"][0]["rule"].as_str()), (1, Some("unknown-stage")));
    assert_eq!(folder.varve(&["explain", "--stage", "app"]).0, 0);
}
