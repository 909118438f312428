//! Owners by name: a name that the image does not have fails the build at its step.

use varve_tests::engine::bases;
use varve_tests::{Build, Engine, Image, Outcome, stamp};

/// A stage that starts from Debian.
fn stage(steps: &str) -> Build {
    let base = bases::debian(12);
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}"
    ))
    .with("a.txt", "a\n")
}

fn run(build: &Build) -> Outcome {
    build.run(Engine::get().unwrap()).unwrap()
}

fn image(build: &Build) -> Image {
    build.image(Engine::get().unwrap()).unwrap()
}

fn owner(image: &Image, path: &str) -> (u64, u64) {
    let node = image.tree.get(path).unwrap();
    (node.uid, node.gid)
}

#[test]
fn a_name_that_the_image_does_not_have_fails_the_build_at_its_step() {
    let check = |step: &str, line: usize, problem: &str| {
        let outcome = run(&stage(step));
        let words = outcome.clone().failure().unwrap();
        assert!(outcome.logs.contains(problem), "{step}: {}\n{words}", outcome.logs);
        assert!(words.contains(&format!("image.yaml:{line}")), "{step}: {words}");
    };
    let (user, group) =
        ("the image has no user `web` in /etc/passwd", "the image has no group `web` in /etc/group");
    check("      - {copy: a.txt, to: /a, owner: web}\n", 6, user);
    check("      - {copy: a.txt, to: /a, owner: \"games:web\"}\n", 6, group);
    check("      - {copy: a.txt, to: /a, owner: \"7:web\"}\n", 6, group);
    check("      - {file: /a, content: b, owner: web}\n", 6, user);
    check("      - {dir: /a, owner: web}\n", 6, user);
    check("      - {dir: /a, owner: web, mode: \"0700\"}\n", 6, user);
    check("      - {symlink: /a, to: b, owner: web}\n", 6, user);
    check("      - user: web\n      - workdir: /a\n", 7, user);
}

#[test]
fn an_image_without_accounts_fails_too() {
    let outcome =
        run(&stage("      - exec: [rm, /etc/passwd]\n      - {file: /a, content: b, owner: games}\n"));
    let errors = outcome.named("read the accounts for the owner games of file /a");
    assert!(errors.iter().any(|vertex| vertex.error.is_some()), "{errors:?}");
    let words = outcome.clone().failure().unwrap();
    assert!(words.contains("\"/etc/passwd\": not found") && words.contains("image.yaml:7"), "{words}");
}

#[test]
fn names_are_those_of_the_stage_at_that_step() {
    let account = "      - {account: web, uid: 1234, groups: [{name: more, gid: 2345}]}\n";
    let file = "      - {file: /a, content: b, owner: \"web:more\"}\n";
    assert_eq!(owner(&image(&stage(&format!("{account}{file}"))), "/a"), (1234, 2345));
    assert!(run(&stage(&format!("{file}{account}"))).failure().is_ok());
    let linked = "      - run: mv /etc/passwd /usr/lib/users && ln -s /usr/lib/users /etc/passwd\n";
    assert_eq!(owner(&image(&stage(&format!("{account}{linked}{file}"))), "/a"), (1234, 2345));
}

#[test]
fn a_lookup_is_cached_by_the_accounts() {
    let stamp = stamp();
    let build = |word: &str| {
        stage(&format!(
            "      - {{account: web, uid: 1234, home: /home/{stamp}}}\n      - run: echo {stamp} {word}\n      - {{copy: a.txt, to: /a, owner: web}}\n      - {{copy: a.txt, to: /b, owner: web}}\n"
        ))
    };
    let looked_up = |outcome: &Outcome| {
        let all = outcome.named("look up the owner web of");
        assert_eq!(all.len(), 2);
        all.iter().filter(|vertex| vertex.started && !vertex.cached).count()
    };
    // BuildKit looks for results before the first lookup is done, so the second one may run too.
    let first = looked_up(&run(&build("one")).success().unwrap());
    assert!(first > 0, "{first}");
    let second = run(&build("two")).success().unwrap();
    assert_eq!(looked_up(&second), 0, "{:?}", second.worked());
}

#[test]
fn a_dockerfile_takes_root_for_a_name_that_the_image_does_not_have() {
    let theirs = Build::dockerfile(&format!("FROM {}\nCOPY --chown=web:web a.txt /a\n", bases::debian(12)));
    assert_eq!(owner(&image(&theirs.with("a.txt", "a\n")), "/a"), (0, 0));
}
