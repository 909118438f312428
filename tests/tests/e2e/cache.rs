//! Which steps run again after a change: the steps that read what changed, the steps that depend on them, and no others.

use std::fs;

use varve_tests::{Build, Engine, stamp};

/// Stages that read different arguments and axes, and a stage that copies from two of them.
const FAMILY: &str = r#"# syntax=varve/frontend:dev
axes:
  device: {cpu: {}, cuda: {driver: "12"}}
args: {left: "1", right: "1", revision: unknown}
stages:
  base:
    from: varve.test/debian:12
    steps:
      - run: echo STAMP base > /base
  left:
    from: base
    steps:
      - run: echo STAMP ${{ left }} > /left
  right:
    from: base
    steps:
      - run: echo STAMP ${{ right }} > /right
  device:
    from: base
    steps:
      - run: echo STAMP device > /before
      - run: echo STAMP driver ${{ device.driver }} > /driver
        if: device == "cuda"
      - run: echo STAMP on ${{ device }} > /device
  unused:
    from: base
    steps: [{run: echo STAMP never}]
  app:
    from: scratch
    steps:
      - copy: /right /right
        from: right
      - copy: /left /left
        from: left
    image:
      labels: {org.opencontainers.image.revision: "${{ revision }}"}
      env: {REVISION: "${{ revision }}"}
      cmd: ["${{ revision }}"]
default: app
"#;

/// The family with a stamp in its steps, so that none is in the cache.
fn family() -> (String, Build) {
    let stamp = stamp();
    let build = Build::yaml(&FAMILY.replace("STAMP", &stamp));
    (stamp, build)
}

/// The names of the steps that ran, with `STAMP` for the stamp. Sorted, since independent stages run in parallel.
fn worked(stamp: &str, build: &Build) -> Vec<String> {
    let outcome = build.run(Engine::get().unwrap()).unwrap().success().unwrap();
    let mut names: Vec<String> = outcome.worked().iter().map(|name| name.replace(stamp, "STAMP")).collect();
    names.sort();
    names
}

#[test]
fn a_changed_argument_runs_the_steps_that_mention_it_again() {
    let (stamp, build) = family();
    let all = [
        "[app 2/3] copy /right of right to /right",
        "[app 3/3] copy /left of left to /left",
        "[base 2/2] run echo STAMP base > /base",
        "[left 2/2] run echo STAMP 1 > /left",
        "[right 2/2] run echo STAMP 1 > /right",
    ];
    assert_eq!(worked(&stamp, &build), all);
    assert_eq!(worked(&stamp, &build), [""; 0], "nothing has changed");
    let left = ["[app 3/3] copy /left of left to /left", "[left 2/2] run echo STAMP 2 > /left"];
    assert_eq!(worked(&stamp, &build.clone().arg("left", "2")), left);
    assert_eq!(worked(&stamp, &build.clone().arg("left", "1")), [""; 0], "the value it had before");
}

#[test]
fn a_changed_axis_runs_what_differs_again() {
    let (stamp, build) = family();
    let build = build.target("device");
    let cpu = [
        "[base 2/2] run echo STAMP base > /base",
        "[device 2/3] run echo STAMP device > /before",
        "[device 3/3] run echo STAMP on cpu > /device",
    ];
    assert_eq!(worked(&stamp, &build), cpu);
    let cuda =
        ["[device 3/4] run echo STAMP driver 12 > /driver", "[device 4/4] run echo STAMP on cuda > /device"];
    assert_eq!(worked(&stamp, &build.clone().arg("device", "cuda")), cuda);
    assert_eq!(worked(&stamp, &build.arg("left", "2")), [""; 0], "what no step of the target mentions");
}

#[test]
fn a_changed_configuration_runs_nothing_again() {
    let (stamp, build) = family();
    worked(&stamp, &build);
    for changed in [build.clone().arg("revision", "abc"), build.clone().flag("--label=more=1")] {
        assert_eq!(worked(&stamp, &changed), [""; 0]);
    }
    let image = build.arg("revision", "abc").flag("--label=more=1").image(Engine::get().unwrap()).unwrap();
    let labels = image.labels();
    assert_eq!((labels["org.opencontainers.image.revision"], labels["more"]), ("abc", "1"));
}

#[test]
fn an_unused_stage_is_in_no_line_of_the_progress() {
    let (stamp, build) = family();
    let engine = Engine::get().unwrap();
    let outcome = build.run(engine).unwrap().success().unwrap();
    let names = |part: &str| outcome.named(part).len();
    assert!(names("[left ") > 0 && names(&stamp) > 0);
    assert_eq!((names("unused"), names("never"), names("[device ")), (0, 0, 0), "{:?}", outcome.vertices);
}

#[test]
fn a_changed_file_runs_the_steps_that_read_it_again() {
    let stamp = stamp();
    let text = r#"# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - copy: first /first
      - run: cat /first && echo STAMP first
      - copy: second /second
      - run: cat /second && echo STAMP second
"#;
    let build = Build::yaml(&text.replace("STAMP", &stamp))
        .with("first", format!("first {stamp}"))
        .with("second", stamp.as_str());
    assert_eq!(worked(&stamp, &build).len(), 4);
    assert_eq!(worked(&stamp, &build.clone().with("third", "read by no step")), [""; 0]);
    let second = worked(&stamp, &build.with("second", format!("other {stamp}")));
    assert_eq!(
        second,
        ["[app 4/5] copy second to /second", "[app 5/5] run cat /second && echo STAMP second"]
    );
}

#[test]
fn without_the_cache_all_runs_again_or_the_stages_that_are_named() {
    let (stamp, build) = family();
    let all = worked(&stamp, &build);
    assert_eq!(worked(&stamp, &build.clone().flag("--no-cache")), all);
    let left = worked(&stamp, &build.clone().flag("--no-cache-filter=left"));
    assert!(left.contains(&"[left 2/2] run echo STAMP 1 > /left".to_owned()), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("/right") || name.contains("/base")), "{left:?}");
    let several = worked(&stamp, &build.flag("--no-cache-filter=left,right"));
    assert!(!several.iter().any(|name| name.contains("[base")), "{several:?}");
    assert_eq!(several.iter().filter(|name| name.contains("run echo")).count(), 2, "{several:?}");
}

#[test]
fn a_step_that_asks_for_it_runs_in_every_build() {
    let text = "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      \
        - run: echo STAMP once\n      - {run: echo STAMP always, no-cache: true}\n";
    let stamp = stamp();
    let build = Build::yaml(&text.replace("STAMP", &stamp));
    assert_eq!(worked(&stamp, &build).len(), 2);
    assert_eq!(worked(&stamp, &build), ["[app 3/3] run echo STAMP always"]);
}

#[test]
fn proxies_and_secrets_run_nothing_again() {
    let text = "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      \
        - run: echo STAMP $HTTP_PROXY $(cat /run/secrets/token)\n        mounts: [{secret: token}]\n";
    let stamp = stamp();
    let build = Build::yaml(&text.replace("STAMP", &stamp));
    let first = build.clone().secret("token", "a").arg("HTTP_PROXY", "http://one.test");
    let outcome = first.run(Engine::get().unwrap()).unwrap().success().unwrap();
    assert!(outcome.logs.contains(&format!("{stamp} http://one.test a")), "{}", outcome.logs);
    let second = build.secret("token", "b").arg("HTTP_PROXY", "http://two.test");
    assert_eq!(worked(&stamp, &second), [""; 0]);
}

#[test]
fn each_content_of_the_source_of_a_cache_has_a_cache_of_its_own() {
    let stamp = stamp();
    let build = Build::yaml(&format!(
        r#"# syntax=varve/frontend:dev
args: {{content: one, run: "1"}}
stages:
  source:
    from: varve.test/debian:12
    steps:
      - run: mkdir /seed; echo ${{{{ content }}}} > /seed/content # {stamp}
  app:
    from: varve.test/debian:12
    steps:
      - run: echo ${{{{ run }}}} >> /m/runs; cat /m/content /m/runs > /log
        mounts: [{{cache: /m, id: "of-content-{stamp}", from: source, source: /seed}}]
  log: {{from: scratch, steps: [{{copy: /log /log, from: app}}]}}
"#
    ));
    let log = |content: &str, run: &str| {
        let build = build.clone().arg("content", content).arg("run", run);
        let folder = tempfile::tempdir().unwrap();
        let output = format!("type=local,dest={}", folder.path().display());
        build.output(Engine::get().unwrap(), &output).unwrap().success().unwrap();
        fs::read_to_string(folder.path().join("log")).unwrap().replace('\n', " ")
    };
    assert_eq!(log("one", "1"), "one 1 ");
    assert_eq!(log("one", "2"), "one 1 2 ", "the cache of this content");
    assert_eq!(log("two", "3"), "two 3 ", "another content");
    assert_eq!(log("one", "4"), "one 1 2 4 ", "the first cache is still there");
    assert_eq!(log("two", "5"), "two 3 5 ");
}
