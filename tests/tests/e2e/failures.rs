//! The output for a user when a step fails.

use varve_tests::{Build, Engine, Outcome};

/// The lines that buildx marks in its excerpts, with their line numbers.
fn marked(words: &str) -> Vec<String> {
    words.lines().filter(|line| line.contains(">>>")).map(|line| line.trim().to_owned()).collect()
}

fn failed(yaml: &str) -> (Outcome, String) {
    let outcome = Build::yaml(yaml).run(Engine::get().unwrap()).unwrap();
    let words = outcome.clone().failure().unwrap();
    (outcome, words)
}

#[test]
fn a_failing_script_in_the_middle_shows_its_lines() {
    let (outcome, words) = failed(
        r#"# syntax=varve/frontend:dev
axes:
  device: {cpu: {}, cuda: {}}
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: echo before
      - if: device == "cpu"
        then:
          - run: |
              echo told before the end
              false
              echo not reached
      - run: echo after
"#,
    );
    let lines = [
        "11 | >>>           - run: |",
        "12 | >>>               echo told before the end",
        "13 | >>>               false",
        "14 | >>>               echo not reached",
    ];
    assert_eq!(marked(&words), lines, "{words}");
    assert!(words.contains("image.yaml:11"), "{words}");
    assert!(words.contains("did not complete successfully: exit code: 1"), "{words}");
    assert!(outcome.logs.contains("told before the end") && !outcome.logs.contains("not reached"));
    assert!(!outcome.named("run echo after").iter().any(|vertex| vertex.started));
}

#[test]
fn a_failing_step_of_a_fragment_shows_the_lines_of_the_fragment() {
    let (_, words) = failed(
        r#"# syntax=varve/frontend:dev
fragments:
  tool:
    params: {code: {required: true}}
    steps:
      - run: exit ${{ code }}
stages:
  app:
    from: varve.test/debian:12
    steps:
      - use: tool
        with: {code: 7}
"#,
    );
    assert!(words.contains("exit code: 7"), "{words}");
    assert_eq!(marked(&words), ["6 | >>>       - run: exit ${{ code }}"], "{words}");
}

#[test]
fn a_copy_of_what_is_not_there_shows_its_lines() {
    let (_, words) = failed(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps:\n      - copy: present /a\n      - copy: missing\n        to: /b\n",
    );
    assert!(words.contains("present") || words.contains("missing"), "{words}");
    assert!(!marked(&words).is_empty(), "{words}");
}

#[test]
fn an_image_that_is_not_there_shows_where_it_is_named() {
    let (outcome, words) = failed(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: localhost:1/not/there:1\n    steps: [{run: echo}]\n",
    );
    assert_eq!(marked(&words), ["4 | >>>     from: localhost:1/not/there:1"], "{words}");
    assert!(words.contains("localhost:1/not/there:1"), "{words}");
    assert!(outcome.named("run echo").is_empty(), "nothing is begun");
}

#[test]
fn a_secret_that_is_not_given_shows_the_step() {
    let (_, words) = failed(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: cat /run/secrets/token\n        mounts: [{secret: token}]\n",
    );
    assert!(words.contains("secret token: not found"), "{words}");
    assert_eq!(marked(&words).len(), 2, "{words}");
}
