//! `VARVE_UNTIL`: the result of a build is some of its steps.

use std::collections::BTreeSet;

use buildkit_gateway::{Call, FakeBridge, Outcome, Refs, Session, Status};
use serde_json::Value;

use crate::played;

const BUILD_FILE: &str = r#"
stages:
  app:
    from: scratch
    facts: {v: {file: /motd}}
    steps:
      - file: /motd
      - env: {A: b}
      - layers:
          one: [{dir: /one}]
          two: [{dir: /two}]
      - copy: /made /
        from: {stage: tool, with: {name: x, size: 2}}
    image: {labels: {v: "${{ facts.v }}"}}
    checks: [{absent: /opt}]
  tool:
    params: {name: {required: true}, size: {type: int, required: true}}
    from: scratch
    steps: [{file: /made, content: "${{ name }}"}]
default: app
"#;

fn built(until: &str, opts: &[(&str, &str)]) -> (FakeBridge, Result<Outcome, Status>) {
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", BUILD_FILE);
    let own = [("build-arg:VARVE_UNTIL", until), ("source", "varve/frontend:dev")];
    let opts: Vec<_> = own.into_iter().chain(opts.iter().copied()).collect();
    let session = Session { program: "/bin/varve".to_owned(), ..played::session(&opts) };
    let outcome = played::build(&fake, &session);
    (fake, outcome)
}

/// The names of the entries of a result, which are also listed as its platforms.
fn names(outcome: &Outcome) -> BTreeSet<String> {
    let Refs::Platforms(refs) = &outcome.refs else { panic!("{:?}", outcome.refs) };
    assert!(refs.values().all(Option::is_some), "{refs:?}");
    let platforms: Value = serde_json::from_slice(&outcome.metadata["refs.platforms"]).unwrap();
    let listed = platforms["Platforms"].as_array().unwrap().iter();
    let listed: BTreeSet<String> = listed.map(|one| one["ID"].as_str().unwrap().to_owned()).collect();
    assert_eq!(refs.keys().cloned().collect::<BTreeSet<_>>(), listed);
    assert_eq!(outcome.metadata.len(), 1, "{:?}", outcome.metadata.keys());
    listed
}

#[test]
fn the_result_has_each_step_once() {
    // A step of a layer, one with blanks and a comma in the arguments of its stage, and one that is named twice.
    let (fake, outcome) = built("app:3, tool(name=x, size=2):2,app:3", &[]);
    let expected = ["linux/amd64 app:3", "linux/amd64 tool(name=x, size=2):2"].map(str::to_owned);
    assert_eq!(names(&outcome.unwrap()), BTreeSet::from(expected));
    // The build file, and the two steps: neither the image, nor its facts, nor its tests.
    let solves = fake.calls().into_iter().filter(|call| matches!(call, Call::Solve(_))).count();
    assert_eq!(solves, 3);
    let (_, image) = built("app:6", &[]);
    assert_eq!(names(&image.unwrap()), BTreeSet::from(["linux/amd64 app:6".to_owned()]));
}

#[test]
fn an_argument_of_a_stage_may_look_like_the_end_of_a_step() {
    let text = "stages:
  app: {from: scratch, steps: [{copy: /made /, from: {stage: tool, with: {image: 'debian:12', size: 2}}}]}
  tool:
    params: {image: {required: true}, size: {type: int, required: true}}
    from: scratch
    steps: [{file: /made, content: '${{ image }}'}]
default: app
";
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text);
    let opts = [
        ("build-arg:VARVE_UNTIL", "tool(image=debian:12, size=2):2,app:2"),
        ("source", "varve/frontend:dev"),
    ];
    let outcome = played::build(&fake, &played::session(&opts)).unwrap();
    let expected = ["linux/amd64 app:2", "linux/amd64 tool(image=debian:12, size=2):2"].map(str::to_owned);
    assert_eq!(names(&outcome), BTreeSet::from(expected));
}

#[test]
fn each_platform_has_its_steps() {
    let (_, outcome) = built("app:2", &[("platform", "linux/amd64,linux/arm64")]);
    // Without a process, the operations of both platforms are the same, so one entry has them.
    assert_eq!(names(&outcome.unwrap()), BTreeSet::from(["linux/amd64 app:2".to_owned()]));
}

#[test]
fn mistakes_say_what_exists() {
    let check = |until: &str, expect: &str| {
        let (fake, outcome) = built(until, &[]);
        assert_eq!(outcome.unwrap_err().message, expect);
        assert_eq!(fake.calls().iter().filter(|call| matches!(call, Call::Solve(_))).count(), 1);
    };
    check(
        "ap:2,app:9,tool(name=x, size=2):1",
        "VARVE_UNTIL: the build for linux/amd64 has no stage `ap`: it has `tool(name=x, size=2)`, `app`\n\
         the stage `app` has no step 9 for linux/amd64: it has 2 (file /motd), 5 (layers one two), 3 (dir /one), 4 (dir /two), \
         6 (copy /made of tool(name=x, size=2) to /)\n\
         the stage `tool(name=x, size=2)` has no step 1 for linux/amd64: it has 2 (file /made)",
    );
    let expected =
        "expected the name of a stage and the number of a step, such as `app:3`, with commas between several";
    check("app", &format!("VARVE_UNTIL has `app`: {expected}"));
    check(
        ",app:2,ap:1,app:2,ap:1",
        "VARVE_UNTIL: the build for linux/amd64 has no stage `ap`: it has `tool(name=x, size=2)`, `app`",
    );
    check(" ,", &format!("VARVE_UNTIL has ` ,`: {expected}"));
    check("app:2,app:x", &format!("VARVE_UNTIL has `app:x`: {expected}"));
}
