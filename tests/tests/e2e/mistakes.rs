//! Mistakes in the build file or on the command line: reported together, with excerpts, on one screen, before any image is resolved.

use varve_tests::{Build, Engine};

/// The number of lines on a screen.
const SCREEN: usize = 40;

const FAMILY: &str = r#"# syntax=varve/frontend:dev
axes:
  os: {bookworm: {image: "varve.test/debian:12"}, trixie: {image: "varve.test/debian:13"}}
  device: [cpu, cuda, rocm]
args:
  token_url: {required: true}
  jobs: {type: int, default: 4, max: 64}
support:
  - exclude: device == "rocm" and os == "trixie"
    because: ROCm is built for bookworm only
stages:
  app:
    from: ${{ os.image }}
    steps:
      - run: echo ${{ device }}
"#;

/// Builds, and checks that the output contains these texts and that the excerpts mark these lines.
fn check(build: &Build, texts: &[&str], lines: &[&str]) {
    let outcome = build.run(Engine::get().unwrap()).unwrap();
    let begun: Vec<&str> = outcome.vertices.iter().map(|vertex| vertex.name.as_str()).collect();
    assert!(begun.contains(&"[internal] load build definition from image.yaml"), "{begun:?}");
    assert!(!begun.iter().any(|name| name.contains("load metadata")), "{begun:?}");
    assert!(!begun.iter().any(|name| name.contains("build context")), "{begun:?}");
    let words = outcome.failure().unwrap();
    for text in texts {
        assert!(words.contains(text), "`{text}` is not in:\n{words}");
    }
    let marked: Vec<&str> = words.lines().filter(|line| line.contains(">>>")).map(str::trim).collect();
    assert_eq!(marked, lines, "{words}");
    assert!(words.lines().count() <= SCREEN, "{words}");
}

fn family() -> Build {
    Build::yaml(FAMILY).arg("token_url", "https://a.test")
}

fn stage(lines: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n{lines}"
    ))
}

#[test]
fn an_unknown_axis_value() {
    check(
        &family().arg("device", "cudaa"),
        &["`device` has no value `cudaa`", "did you mean `cuda`?"],
        &["4 | >>>   device: [cpu, cuda, rocm]"],
    );
}

#[test]
fn a_combination_that_support_rules_out() {
    check(
        &family().arg("device", "rocm").arg("os", "trixie"),
        &["ROCm is built for bookworm only"],
        &[
            "9 | >>>   - exclude: device == \"rocm\" and os == \"trixie\"",
            "10 | >>>     because: ROCm is built for bookworm only",
        ],
    );
}

#[test]
fn a_required_argument_that_is_not_given() {
    check(
        &Build::yaml(FAMILY),
        &["the argument `token_url` is required", "--build-arg token_url=VALUE"],
        &["6 | >>>   token_url: {required: true}"],
    );
}

#[test]
fn an_argument_out_of_its_bounds() {
    check(
        &family().arg("jobs", "65"),
        &["`jobs` is `65`"],
        &["7 | >>>   jobs: {type: int, default: 4, max: 64}"],
    );
}

#[test]
fn all_wrong_arguments_at_once() {
    check(
        &Build::yaml(FAMILY).arg("device", "tpu").arg("jobs", "many"),
        &[
            "3 errors",
            "`device` has no value `tpu`",
            "the argument `token_url` is required",
            "`jobs` is `many`",
        ],
        &[
            "4 | >>>   device: [cpu, cuda, rocm]",
            "6 | >>>   token_url: {required: true}",
            "7 | >>>   jobs: {type: int, default: 4, max: 64}",
        ],
    );
}

#[test]
fn a_key_with_a_typo() {
    check(
        &stage("    step:\n      - run: echo\n"),
        &["unknown key `step`", "did you mean `steps`?"],
        &["5 | >>>     step:"],
    );
}

#[test]
fn a_step_with_a_typo() {
    check(
        &stage("    steps:\n      - runn: echo\n"),
        &["unknown step `runn`", "did you mean `run`?"],
        &["6 | >>>       - runn: echo"],
    );
}

#[test]
fn an_unknown_target() {
    check(
        &family().target("ap"),
        &["there is no target or stage `ap`: known names: app"],
        &["11 | >>> stages:"],
    );
}

#[test]
fn an_expression_with_an_unknown_name() {
    check(
        &stage("    steps:\n      - run: echo ${{ devise }}\n"),
        &["devise"],
        &["6 | >>>       - run: echo ${{ devise }}"],
    );
}

#[test]
fn yaml_that_is_none() {
    check(&stage("    steps: [\n"), &["image.yaml"], &["5 | >>>     steps: ["]);
}

#[test]
fn stages_that_need_each_other() {
    check(
        &Build::yaml("# syntax=varve/frontend:dev\nstages:\n  a: {from: b}\n  b: {from: a}\n"),
        &["`b` needs `a` needs `b`"],
        &["3 | >>>   a: {from: b}"],
    );
}

#[test]
fn an_empty_file() {
    check(
        &Build::yaml("# syntax=varve/frontend:dev\n"),
        &["image.yaml"],
        &["1 | >>> # syntax=varve/frontend:dev"],
    );
}

#[test]
fn thirty_mistakes_are_all_reported_with_a_few_excerpts() {
    let steps = "      - runn: echo\n".repeat(30);
    let build = stage(&format!("    steps:\n{steps}"));
    let words = build.run(Engine::get().unwrap()).unwrap().failure().unwrap();
    assert!(words.contains("30 errors"), "{words}");
    assert_eq!(words.matches("unknown step `runn`").count(), 30, "{words}");
    assert!((1..=5).contains(&words.matches(">>>").count()), "{words}");
}

#[test]
fn an_axis_gets_another_value_if_its_default_is_not_allowed() {
    let text =
        FAMILY.replace("{bookworm:", "{default: trixie, values: {bookworm:").replace("13\"}}", "13\"}}}");
    let build = |device: &str| {
        let build = Build::yaml(&text).arg("token_url", "https://a.test").arg("device", device);
        build.run(Engine::get().unwrap()).unwrap().success().unwrap()
    };
    let moved = build("rocm");
    let warnings: Vec<&str> = moved.warnings.iter().map(|warning| warning.short.as_str()).collect();
    let expect = "`os` is `bookworm` instead of its default `trixie`: ROCm is built for bookworm only";
    assert!(warnings.len() == 1 && warnings[0].contains(expect), "{warnings:?}");
    assert!(moved.vertices.iter().any(|vertex| vertex.name.contains("varve.test/debian:12")));
    let default = build("cpu");
    assert!(default.warnings.is_empty(), "{:?}", default.warnings);
    assert!(default.vertices.iter().any(|vertex| vertex.name.contains("varve.test/debian:13")));
}

#[test]
fn an_alias_and_a_computed_default_are_what_the_steps_get() {
    let text = FAMILY
        .replace("device: [cpu, cuda, rocm]", "device: {values: [cpu, cuda, rocm], aliases: DEVICE_KIND}")
        .replace("default: 4, max: 64", "default: \"${{ 8 if device == 'cuda' else 2 }}\", max: 64")
        .replace("echo ${{ device }}", "echo ${{ device }} with ${{ jobs }} jobs");
    let build = |args: &[(&str, &str)]| {
        let build = Build::yaml(&text).arg("token_url", "https://a.test").arg("VARVE_STRICT_ARGS", "1");
        let build = args.iter().fold(build, |build, (name, value)| build.arg(name, value));
        build.run(Engine::get().unwrap()).unwrap()
    };
    let check = |args: &[(&str, &str)], step: &str| {
        let outcome = build(args).success().unwrap();
        assert!(outcome.warnings.is_empty(), "{:?}", outcome.warnings);
        assert!(outcome.vertices.iter().any(|vertex| vertex.name.contains(step)), "{:?}", outcome.vertices);
    };
    check(&[("DEVICE_KIND", "cuda")], "echo cuda with 8 jobs");
    check(&[("DEVICE_KIND", "cpu"), ("device", "cpu")], "echo cpu with 2 jobs");
    check(&[("device", "cuda"), ("jobs", "3")], "echo cuda with 3 jobs");
    let words = build(&[("DEVICE_KINDS", "cuda")]).failure().unwrap();
    assert!(words.contains("did you mean `DEVICE_KIND`?"), "{words}");
}

#[test]
fn an_unknown_build_argument_is_a_warning() {
    let outcome = family().arg("job", "3").run(Engine::get().unwrap()).unwrap().success().unwrap();
    let warnings: Vec<&str> = outcome.warnings.iter().map(|warning| warning.short.as_str()).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("did you mean `jobs`?"), "{warnings:?}");
    assert_eq!(outcome.warnings[0].file, "image.yaml");
}
