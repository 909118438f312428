//! Ctrl-C ends a build and all its processes in the engine.

use std::net::TcpListener;

use varve_tests::running::{processes, wait_until};
use varve_tests::{Build, Engine, Running, stamp};

/// Sends the signal of Ctrl-C and waits until no process with the stamp is left.
fn interrupt(build: Running, stamp: &str) {
    build.signal("INT").unwrap();
    let (status, words) = build.end().unwrap();
    assert!(!status.success() && words.contains("cancel"), "{words}");
    wait_until("no process of the build is left", || processes(stamp).is_empty()).unwrap();
}

#[test]
fn while_a_step_runs() {
    let stamp = stamp();
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo begun; exec sleep 10000\n        env: {{STAMP: {stamp}}}\n"
    );
    let mut build = Running::start(&Build::yaml(&text), Engine::get().unwrap(), &[]).unwrap();
    build.until(" begun").unwrap();
    let runs = || processes(&stamp).iter().any(|process| process.contains("sleep 10000"));
    wait_until("the step runs", runs).unwrap();
    interrupt(build, &stamp);
}

#[test]
fn while_the_frontend_waits_for_an_image() {
    // A registry that accepts connections and never answers.
    let registry = TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("localhost:{}/never/answers:1", registry.local_addr().unwrap().port());
    let stamp = stamp();
    let text = format!(
        "# syntax=varve/frontend:dev\nargs: {{stamp: none}}\nstages:\n  app:\n    from: {image}\n    steps: [{{run: \"echo ${{{{ stamp | quote }}}}\"}}]\n"
    );
    let build = Build::yaml(&text).arg("stamp", &stamp);
    let mut build = Running::start(&build, Engine::get().unwrap(), &[]).unwrap();
    build.until("load metadata for localhost").unwrap();
    let runs = || processes(&stamp).iter().any(|process| process.contains("/varve"));
    wait_until("the frontend runs", runs).unwrap();
    interrupt(build, &stamp);
}

#[test]
fn a_build_that_ends_by_itself_leaves_nothing_either() {
    let stamp = stamp();
    let text = "# syntax=varve/frontend:dev\nargs: {stamp: none}\nstages:\n  app:\n    from: scratch\n    steps: [{file: /stamp, content: \"${{ stamp }}\"}]\n";
    let engine = Engine::get().unwrap();
    Build::yaml(text).arg("stamp", &stamp).run(engine).unwrap().success().unwrap();
    Build::yaml(text).arg("stamp", &stamp).target("none").run(engine).unwrap().failure().unwrap();
    wait_until("no process of the build is left", || processes(&stamp).is_empty()).unwrap();
}
