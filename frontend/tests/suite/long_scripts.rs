//! Scripts, arguments and environments that Linux does not pass to a process. A long script is mounted as a file.

use buildkit_gateway::{Call, FakeBridge, Outcome, Solve, SolveInput, Status};
use buildkit_llb::json;
use serde_json::Value;

use crate::played;

/// The largest argument without its NUL.
const MOST: usize = 131_071;

/// A daemon with a base image that has this shell, given as JSON.
fn daemon(text: &str, shell: &str) -> FakeBridge {
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{"Env":["PATH=/bin"],"Shell":{shell}}}}}"#
    );
    FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:12",
        None,
        &config,
    )
}

/// A script of this length.
fn script(length: usize) -> String {
    let lines = "echo some words that stand on a line of their own\n".repeat(length / 50);
    format!("{lines}#{}", "x".repeat(length - lines.len() - 1))
}

/// A stage with these steps, as YAML in flow style.
fn family(steps: &str) -> String {
    format!("stages: {{app: {{from: \"debian:12\", package-manager: apt, steps: [{steps}]}}}}\n")
}

fn built(text: &str, shell: &str) -> Result<Vec<Value>, Status> {
    let fake = daemon(text, shell);
    played::build(&fake, &played::session(&[]))?;
    let mut solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(json(&definition)),
        _ => None,
    });
    let graph = solves.next_back().unwrap();
    Ok(graph["def"].as_object().unwrap().values().cloned().collect())
}

fn shown(text: &str, what: &str) -> Result<Outcome, Status> {
    played::build(&daemon(text, "null"), &played::session(&[("requestid", what)]))
}

fn text_of(outcome: &Outcome) -> String {
    String::from_utf8(outcome.metadata["result.txt"].clone()).unwrap()
}

/// The words of the process of a build, and the mounts below `/dev`.
fn process(ops: &[Value]) -> (Vec<String>, Vec<String>) {
    let mut execs = ops.iter().map(|op| &op["exec"]).filter(|exec| !exec.is_null());
    let exec = execs.next().unwrap();
    let texts = |list: &Value| {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mounts = exec["mounts"].as_array().unwrap().iter().filter_map(|mount| mount["dest"].as_str());
    let mounts = mounts.filter(|dest| dest.starts_with("/dev")).map(str::to_owned).collect();
    (texts(&exec["meta"]["args"]), mounts)
}

#[test]
fn a_script_is_an_argument_as_long_as_linux_passes_it() {
    let text = script(MOST);
    let (words, mounts) = process(&built(&family(&format!("run: {text:?}")), "null").unwrap());
    assert_eq!((words, mounts), (["/bin/sh", "-e", "-c", &text].map(str::to_owned).to_vec(), Vec::new()));
}

#[test]
fn a_longer_script_is_a_file_that_the_same_shell_reads() {
    let text = script(MOST + 1);
    let check = |keys: &str, shell: &str, expect: &[&str]| {
        let (words, mounts) = process(&built(&family(&format!("{{run: {text:?}{keys}}}")), shell).unwrap());
        assert_eq!(words, [expect, &[". /dev/varve/run"]].concat(), "{keys}");
        assert_eq!(mounts, ["/dev/varve/run"], "{keys}");
    };
    check("", "null", &["/bin/sh", "-e", "-c"]);
    check(", shell: [bash, -o, pipefail, -c]", "null", &["bash", "-o", "pipefail", "-c"]);
    check("", r#"["/bin/bash","-c"]"#, &["/bin/bash", "-c"]);
    check(", shell: [/bin/sh, -c]", r#"["pwsh","-Command"]"#, &["/bin/sh", "-c"]);
}

#[test]
fn a_script_that_the_shell_of_the_base_cannot_read_is_an_error_at_its_step() {
    let text = script(MOST + 1);
    let error = built(&family(&format!("{{run: {text:?}}}")), r#"["pwsh","-Command"]"#).unwrap_err().message;
    let expect = "image.yaml:1:65: the script has 131072 bytes, which are too many for `pwsh -Command`";
    assert!(error.contains(expect), "{error}");
    assert!(error.contains("or use a shell such as [/bin/bash, -e, -c]"), "{error}");
}

#[test]
fn the_script_of_packages_reads_a_long_script_too() {
    let text = script(MOST + 1);
    let steps = format!("{{packages: [curl], run: {text:?}, shell: [/bin/bash, -c]}}");
    let (words, mounts) = process(&built(&family(&steps), "null").unwrap());
    assert_eq!(words, ["/bin/sh", "-e", "/dev/varve/packages"]);
    assert_eq!(mounts, ["/dev/varve/packages", "/dev/varve/run"]);
    let plan = text_of(&shown(&family(&steps), "frontend.plan").unwrap());
    assert!(plan.contains("| /bin/bash -c '. /dev/varve/run'\n"), "{plan}");
    assert!(plan.contains("own-script:\n") && plan.contains(text.lines().next().unwrap()), "{plan}");
}

#[test]
fn a_script_that_names_its_interpreter_is_a_program() {
    let check = |keys: &str, shell: &str, words: &[&str], files: &[&str]| {
        let steps = format!("{{run: \"#!/usr/bin/python3 -u\\nprint(1)\\n\"{keys}}}");
        let (found, mounts) = process(&built(&family(&steps), shell).unwrap());
        assert_eq!(found, words, "{keys}");
        assert_eq!(mounts, files, "{keys}");
    };
    check("", "null", &["/dev/varve/run"], &["/dev/varve/run"]);
    check("", r#"["/bin/bash","-c"]"#, &["/dev/varve/run"], &["/dev/varve/run"]);
    let text = "#!/usr/bin/python3 -u\nprint(1)\n";
    check(", shell: [/bin/sh, -c]", "null", &["/bin/sh", "-c", text], &[]);
}

#[test]
fn a_plan_shows_a_long_script_as_a_short_one() {
    let shown = |length: usize| {
        let plan =
            shown(&family(&format!("{{run: {:?}, name: x}}", script(length))), "frontend.plan").unwrap();
        let lines = text_of(&plan);
        lines
            .lines()
            .filter(|line| !line.contains("#xx") && !line.contains("sha256:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(MOST + 1), shown(MOST));
}

#[test]
fn a_printed_dockerfile_mounts_a_long_script() {
    let text = script(MOST + 1);
    let print = |keys: &str| {
        let steps = format!("{{run: {text:?}{keys}}}");
        text_of(&shown(&family(&steps), "frontend.dockerfile").unwrap())
    };
    let mount = "--mount=type=bind,from=varve-script,source=/script,target=/dev/varve/run \\\n";
    let printed = print("");
    assert!(
        printed.contains(&format!("\nFROM scratch AS varve-script\nCOPY <<'EOF' /script\n{text}\nEOF\n")),
        "{printed}"
    );
    assert!(
        printed.contains(&format!("\nRUN {mount}    <<'EOF'\nset -e\n. /dev/varve/run\nEOF\n")),
        "{printed}"
    );
    let printed = print(", shell: [/bin/bash, -euo, pipefail, -c]");
    let expect = format!("\nRUN {mount}    <<'EOF'\n#!/bin/bash\nset -euo pipefail\n. /dev/varve/run\nEOF\n");
    assert!(printed.contains(&expect), "{printed}");
}

#[test]
fn a_printed_dockerfile_runs_a_script_with_its_interpreter() {
    let print = |keys: &str| {
        let steps = format!("{{run: \"#!/usr/bin/python3 -u\\nprint(1)\\n\"{keys}}}");
        text_of(&shown(&family(&steps), "frontend.dockerfile").unwrap())
    };
    let printed = print("");
    assert!(printed.contains("\nRUN <<'EOF'\n#!/usr/bin/python3 -u\nprint(1)\nEOF\n"), "{printed}");
    let printed = print(", env: {A: b}");
    assert!(
        printed.contains("\nCOPY --chmod=0755 <<'EOF' /script\n#!/usr/bin/python3 -u\nprint(1)\nEOF\n"),
        "{printed}"
    );
    assert!(printed.contains("export A=b && exec \\\"$@\\\""), "{printed}");
}

#[test]
fn a_line_that_no_dockerfile_can_have_is_an_error_at_its_step() {
    let steps = format!("{{run: 'true'}}, {{run: {:?}}}", "x".repeat(70_000));
    let error = shown(&family(&steps), "frontend.dockerfile").unwrap_err().message;
    let expect =
        "image.yaml:1:80: a Dockerfile cannot express an instruction with a line of more than 65535 bytes";
    assert!(error.contains(expect), "{error}");
}

#[test]
fn arguments_and_variables_that_are_too_large_together_are_an_error() {
    let family = |keys: &str| {
        let value = "x".repeat(120_000);
        let env: String = (0..20).map(|n| format!("A{n}: {value},\n  ")).collect();
        family(&format!("{{env: {{{env}}}}}, {{run: 'true'{keys}}}"))
    };
    let error = built(&family(""), "null").unwrap_err().message;
    let expect = "the arguments and variables of the process have 2400319 bytes together";
    assert!(error.contains(expect), "{error}");
    assert!(error.contains("or raise the limit with `ulimits: {stack: 25165824}`"), "{error}");
    assert!(built(&family(", ulimits: {stack: 25165824}"), "null").is_ok());
    assert!(built(&family(", ulimits: {stack: -1}"), "null").is_ok());
    let error = built(&family(", ulimits: {stack: 4194304}"), "null").unwrap_err().message;
    assert!(error.contains("Linux accepts at most 1048576, a quarter of the limit of the stack"), "{error}");
}
