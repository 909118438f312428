//! Several builds of one family in parallel.

use std::thread;

use varve_tests::digest::sha256;
use varve_tests::{Build, Engine, Outcome, stamp};

const AT_ONCE: usize = 6;

#[test]
fn each_gets_its_own_and_what_they_share_runs_once() {
    let engine = Engine::get().unwrap();
    let stamp = stamp();
    let text = format!(
        "# syntax=varve/frontend:dev\nargs: {{number: 0}}\nstages:\n  shared:\n    from: varve.test/debian:12\n    steps: [{{run: echo ran {stamp}; cat /proc/sys/kernel/random/uuid > /shared}}]\n  app:\n    from: scratch\n    steps:\n      - copy: /shared /shared\n        from: shared\n      - file: /number\n        content: ${{{{ number }}}}\n"
    );
    let build = Build::yaml(&text);
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let one = |number: usize| {
            let build = build.clone().arg("number", &number.to_string());
            scope.spawn(move || build.run(engine).unwrap().success().unwrap())
        };
        let running: Vec<_> = (0..AT_ONCE).map(one).collect();
        running.into_iter().map(|build| build.join().unwrap()).collect()
    });
    let digest = |outcome: &Outcome| outcome.named("run echo ran")[0].digest.clone();
    assert!(outcomes.iter().all(|outcome| digest(outcome) == digest(&outcomes[0])), "one vertex");

    let mut shared = Vec::new();
    for number in 0..AT_ONCE {
        let image = build.clone().arg("number", &number.to_string()).image(engine).unwrap();
        let content = sha256(number.to_string().as_bytes());
        let own = image.tree.get("/number").unwrap().to_string();
        assert!(own.contains(&content[..12]), "{own}");
        shared.push(image.tree.get("/shared").unwrap().to_string());
    }
    shared.dedup();
    assert_eq!(shared.len(), 1, "it ran once");
}

#[test]
fn one_that_fails_does_not_touch_the_other() {
    let engine = Engine::get().unwrap();
    let text = format!(
        "# syntax=varve/frontend:dev\nargs: {{code: 0}}\nstages:\n  app:\n    from: varve.test/debian:12\n    steps:\n      - run: echo {}\n      - run: exit ${{{{ code }}}}\n",
        stamp()
    );
    let run = |code: &'static str| {
        let build = Build::yaml(&text).arg("code", code);
        move || build.run(engine).unwrap()
    };
    let (good, bad) = thread::scope(|scope| {
        let (good, bad) = (scope.spawn(run("0")), scope.spawn(run("9")));
        (good.join().unwrap(), bad.join().unwrap())
    });
    good.success().unwrap();
    assert!(bad.failure().unwrap().contains("exit code: 9"));
}
