//! A step with all privileges. Both the builder and the command line must allow it.

use varve_tests::{Build, Engine, Kind};

const TEXT: &str = r#"# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: grep CapEff /proc/self/status > /insecure
        security: insecure
      - run: grep CapEff /proc/self/status > /sandbox
        security: sandbox
      - run: grep CapEff /proc/self/status > /default
"#;

#[test]
fn a_step_has_them_when_they_are_allowed_and_the_others_do_not() {
    let image = Build::yaml(TEXT).flag("--allow=security.insecure").image(Engine::get().unwrap()).unwrap();
    let content = |path: &str| match &image.tree.get(path).unwrap().kind {
        Kind::File { sha256, .. } => sha256.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(content("/sandbox"), content("/default"));
    assert_ne!(content("/insecure"), content("/default"));
}

#[test]
fn without_leave_the_step_is_shown() {
    let words = Build::yaml(TEXT).run(Engine::get().unwrap()).unwrap().failure().unwrap();
    assert!(words.contains("security.insecure"), "{words}");
}
