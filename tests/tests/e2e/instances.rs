//! Stages with parameters: how often each instance is built, and options that name such a stage.

use varve_tests::{Build, Engine, stamp};

const FAMILY: &str = r#"# syntax=varve/frontend:dev
stages:
  runtime:
    from: varve.test/debian:12
    steps: [{run: echo STAMP runtime > /from}]
  dev:
    from: runtime
    steps: [{run: echo STAMP dev > /from}]
  collected:
    params: {of: {required: true}, n: 1}
    from: varve.test/debian:12
    steps:
      - run: cat /of/from > /out-${{ n }}
        mounts: [{bind: /of, from: "${{ of }}"}]
  counted:
    params: {n: 1}
    from: scratch
    steps: [{copy: "/out-${{ n }}", to: /, from: {stage: collected, with: {of: dev, n: "${{ n }}"}}}]
  app:
    from: scratch
    steps:
      - {copy: /out-1, to: /runtime, from: {stage: collected, with: {of: runtime}}}
      - {copy: /out-1, to: /dev, from: {stage: collected, with: {of: dev}}}
      - {copy: /out-1, to: /again, from: {stage: collected, with: {n: 01, of: dev}}}
"#;

/// The family with a stamp in its steps, so that none is in the cache.
fn family() -> (String, Build) {
    let stamp = stamp();
    let build = Build::yaml(&FAMILY.replace("STAMP", &stamp));
    (stamp, build)
}

/// The names of the scripts that ran, sorted, with `STAMP` for the stamp.
fn scripts(stamp: &str, build: &Build) -> Vec<String> {
    let outcome = build.run(Engine::get().unwrap()).unwrap().success().unwrap();
    let names = outcome.worked().into_iter().filter(|name| name.contains(" run "));
    let mut names: Vec<String> = names.map(|name| name.replace(stamp, "STAMP")).collect();
    names.sort();
    names
}

#[test]
fn each_instance_runs_once() {
    let (stamp, build) = family();
    let all = [
        "[collected(of=dev, n=1) 2/2] run cat /of/from > /out-1",
        "[collected(of=runtime, n=1) 2/2] run cat /of/from > /out-1",
        "[dev 2/2] run echo STAMP dev > /from",
        "[runtime 2/2] run echo STAMP runtime > /from",
    ];
    assert_eq!(scripts(&stamp, &build), all);
    let tree = build.tree(Engine::get().unwrap()).unwrap();
    let text = |path: &str| tree.get(path).map(|node| format!("{:?}", node.kind)).unwrap_or_default();
    assert_ne!(text("/runtime"), "");
    assert_ne!(text("/runtime"), text("/dev"));
    assert_eq!(text("/dev"), text("/again"));
    // The same instance in another target.
    assert_eq!(scripts(&stamp, &build.clone().target("counted")), [""; 0]);
}

#[test]
fn a_stage_is_built_by_its_name_with_its_defaults() {
    let (_, build) = family();
    let message = build.target("collected").run(Engine::get().unwrap()).unwrap().failure().unwrap();
    assert!(message.contains("the stage `collected` cannot be built by its name"), "{message}");
    assert!(message.contains("no default: `of`"), "{message}");
}

#[test]
fn the_name_of_a_stage_means_all_its_instances() {
    let (stamp, build) = family();
    scripts(&stamp, &build);
    let again = scripts(&stamp, &build.clone().flag("--no-cache-filter=collected"));
    let expect = [
        "[collected(of=dev, n=1) 2/2] run cat /of/from > /out-1",
        "[collected(of=runtime, n=1) 2/2] run cat /of/from > /out-1",
    ];
    assert_eq!(again, expect);
}
