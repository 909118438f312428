//! Scripts that are too long for an argument, and processes that get more than Linux passes.

use varve_tests::engine::bases;
use varve_tests::{Build, Engine, Image, Outcome, compare, stamp};

/// The largest argument without its NUL.
const MOST: usize = 131_071;

/// A stage that starts from Debian.
fn stage(steps: &str) -> Build {
    let base = bases::debian(12);
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}"
    ))
}

fn run(build: &Build) -> Outcome {
    build.run(Engine::get().unwrap()).unwrap()
}

fn image(build: &Build) -> Image {
    build.image(Engine::get().unwrap()).unwrap()
}

/// A script of this length that ends with some lines.
fn script(length: usize, end: &str) -> String {
    let line = ": one of the many lines of a script\n";
    let lines = line.repeat((length - end.len()) / line.len());
    let rest = length - end.len() - lines.len();
    format!("{}\n{lines}{end}", "#".repeat(rest - 1))
}

/// A step with a script and other keys.
fn step(text: &str, keys: &str) -> String {
    let lines: String = text.lines().map(|line| format!("          {line}\n")).collect();
    format!("      - run: |\n{lines}{keys}")
}

#[test]
fn a_script_of_more_than_128_kib_runs_to_its_last_line() {
    let text = script(MOST + 1, &format!("echo the last line of {}\n", stamp()));
    for keys in ["", "        shell: [/bin/bash, -o, pipefail, -c]\n", "        user: nobody\n"] {
        let outcome = run(&stage(&step(&text, keys))).success().unwrap();
        assert!(outcome.logs.contains("the last line of"), "{keys}: {}", outcome.logs);
    }
}

#[test]
fn a_dockerfile_cannot_run_a_script_of_more_than_128_kib() {
    let build = |length: usize| {
        let text = script(length, "echo the end\n");
        run(&Build::dockerfile(&format!("FROM {}\nRUN <<EOF\n{text}EOF\n", bases::debian(12))))
    };
    assert!(build(MOST).success().is_ok());
    let outcome = build(MOST + 1);
    assert!(outcome.clone().failure().is_ok());
    assert!(outcome.logs.contains("argument list too long"), "{}", outcome.logs);
}

#[test]
fn a_long_script_runs_as_a_short_one() {
    let end = "printf '%s %s %s\\n' \"$0\" \"$#\" \"$-\" > $OUT; cat >> $OUT\nfalse | true && echo passed >> $OUT || echo failed >> $OUT\n";
    let shells =
        ["[/bin/sh, -e, -c]", "[/bin/bash, -euo, pipefail, -c]", "[/bin/bash, --login, -c]", "[sh, -uc, --]"];
    for shell in shells {
        let keys = |out: &str| format!("        shell: {shell}\n        env: {{OUT: {out}}}\n");
        let both = [(MOST, "/short"), (MOST + 1, "/long")];
        let steps: String =
            both.iter().map(|(length, out)| step(&script(*length, end), &keys(out))).collect();
        let image = image(&stage(&steps));
        let kind = |path: &str| image.tree.get(path).map(|node| node.kind.clone());
        assert!(kind("/short").is_some(), "{shell}");
        assert_eq!(kind("/long"), kind("/short"), "{shell}");
        assert!(!image.tree.iter().any(|(path, _)| path.contains("varve")), "{shell}");
    }
}

#[test]
fn a_long_script_fails_with_its_exit_code() {
    let check = |end: &str, keys: &str, code: u8| {
        let words = run(&stage(&step(&script(MOST + 1, end), keys))).failure().unwrap();
        assert!(words.contains(&format!("exit code: {code}")), "{words}");
        assert!(words.contains("image.yaml:6"), "{words}");
    };
    check("exit 7\n", "", 7);
    check("(exit 8)\ntrue\n", "", 8);
    check("(exit 9) | cat\n", "        shell: [/bin/bash, -eo, pipefail, -c]\n", 9);
}

#[test]
fn packages_and_image_tests_run_long_scripts() {
    let last = format!("echo the last line of {}\n", stamp());
    let text = script(MOST + 1, &last);
    let lines: String = text.lines().map(|line| format!("            {line}\n")).collect();
    let build = stage(&format!(
        "      - packages: []\n        shell: [/bin/bash, -e, -c]\n        run: |\n{lines}    checks:\n      - run: |\n{lines}"
    ));
    let outcome = run(&build).success().unwrap();
    assert_eq!(outcome.logs.matches("the last line of").count(), 2, "{}", outcome.logs);
}

#[test]
fn the_printed_dockerfile_builds_the_same_image() {
    let engine = Engine::get().unwrap();
    let printed = |build: &Build| {
        let printed = build.call(engine, "dockerfile").unwrap().success().unwrap().stdout;
        let (_, text) = printed.split_once('\n').unwrap();
        Build::dockerfile(text)
    };
    let pipefail = "        shell: [/bin/bash, -eo, pipefail, -c]\n        env: {A: b}\n";
    for keys in ["", pipefail] {
        let build =
            stage(&step(&script(MOST + 1, "echo \"$A\" > /out; false | true || echo failed > /end\n"), keys));
        assert_eq!(compare(&image(&build), &image(&printed(&build))), [""; 0], "{keys}");
        let end = if keys.is_empty() { "(exit 6)\ntrue\n" } else { "(exit 6) | cat\n" };
        let words = run(&printed(&stage(&step(&script(MOST + 1, end), keys)))).failure().unwrap();
        assert!(words.contains("exit code: 6"), "{words}");
    }
}

#[test]
fn the_environment_of_a_process_can_be_as_large_as_its_stack_allows() {
    let value = "x".repeat(120_000);
    let env = |count: usize| (0..count).map(|n| format!("          A{n}: {value}\n")).collect::<String>();
    let step = |count: usize, keys: &str| {
        format!("      - run: echo $A0 | wc -c\n        env:\n{}{keys}", env(count))
    };
    assert!(run(&stage(&step(17, ""))).success().is_ok());
    let more = "        ulimits: {stack: 25165824}\n";
    assert!(run(&stage(&step(20, more))).success().is_ok());
    let words = run(&stage(&step(20, ""))).failure().unwrap();
    assert!(words.contains("Linux accepts at most 2097152, a quarter of the limit of the stack"), "{words}");
}
