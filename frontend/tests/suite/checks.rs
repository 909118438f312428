//! Image tests (`checks`) against a fake daemon that follows a script.

use buildkit_gateway::{Call, Detail, Evaluate, FakeBridge, Rpc, Session, Solve, SolveInput, Status};
use buildkit_llb::{Graph, ImageSource, Platform, dump};

use crate::played;

const BUILD_FILE: &str = r#"
stages:
  app:
    from: scratch
    steps:
      - file: /etc/motd
    image: {user: "1000", env: {A: b}}
    checks:
      - absent: /opt/rocm
        because: it comes from somewhere else
      - {file: /etc/motd, mode: "0644", contains: hello}
      - {env: A, is: b}
      - {max-size: 1m, if: platform.arch == "arm64"}
targets:
  app:
    checks:
      - user: "1000"
"#;

fn session(opts: &[(&str, &str)]) -> Session {
    Session { program: "/bin/varve".to_owned(), ..played::session(opts) }
}

fn fake(text: &str) -> FakeBridge {
    FakeBridge::new().with_file("local://dockerfile", "image.yaml", text)
}

fn solves(fake: &FakeBridge) -> Vec<Solve> {
    let calls = fake.calls().into_iter();
    calls.filter_map(|call| if let Call::Solve(solve) = call { Some(solve) } else { None }).collect()
}

/// The graph of a solve as text.
fn shown(solve: &Solve) -> String {
    match &solve.input {
        SolveInput::Definition(_) => dump(&solve.input.operations().unwrap().unwrap_or_default()),
        SolveInput::Frontend { name, .. } => name.clone(),
    }
}

const SOURCE: (&str, &str) = ("source", "varve/frontend:dev");

#[test]
fn checks_run_beside_the_build_and_are_no_part_of_it() {
    let checked = fake(BUILD_FILE);
    played::build(&checked, &session(&[SOURCE])).unwrap();
    let skipped = fake(BUILD_FILE);
    played::build(&skipped, &session(&[SOURCE, ("build-arg:VARVE_CHECKS", "off")])).unwrap();

    let [_, plain] = solves(&skipped).try_into().unwrap();
    let [_, main, absent, file, user] = solves(&checked).try_into().unwrap();
    assert_eq!(main.input, plain.input, "the same vertices, with checks and without");
    assert_eq!((plain.evaluate, main.evaluate), (Evaluate::Lazy, Evaluate::Eager));
    for (check, expect) in [
        (absent, "test /rootfs absent /opt/rocm"),
        (file, "test /rootfs file /etc/motd mode=0644 contains=hello"),
        (user, "test /rootfs user 1000 1000"),
    ] {
        let text = shown(&check);
        assert_eq!(check.evaluate, Evaluate::Eager);
        for part in ["docker-image://docker.io/varve/frontend:dev", "/bin/varve-rootfs", "/etc/motd"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(expect.split(' ').all(|word| text.contains(word)), "{expect} is not in {text}");
    }
}

#[test]
fn checks_have_names_and_places() {
    let fake = fake(BUILD_FILE);
    played::build(&fake, &session(&[SOURCE, ("platform", "linux/amd64,linux/arm64")])).unwrap();
    let mut names = Vec::new();
    for definition in fake.definitions() {
        let named =
            definition.metadata.values().filter_map(|metadata| metadata.description.get("llb.customname"));
        names.extend(named.filter(|name| name.contains(" check ")).cloned());
    }
    names.sort();
    let expect = [
        "[linux/amd64 app check 1/4] absent /opt/rocm",
        "[linux/amd64 app check 2/4] file /etc/motd",
        "[linux/amd64 app check 4/4] user 1000",
        "[linux/arm64 app check 4/5] max-size 1m",
    ];
    // A file system that two platforms share is tested once.
    assert_eq!(names, expect);
}

#[test]
fn the_image_of_the_frontend_is_the_one_that_the_daemon_runs() {
    let mut graph = Graph::new();
    let own = format!("example.com/own@sha256:{}", "0".repeat(64)).parse().unwrap();
    let image = graph.add(ImageSource::new(own, Platform::new("linux", "amd64")));
    let image = graph.encode(graph.root(image), &[]);
    let fake = fake(BUILD_FILE);
    played::build(&fake, &Session { image, ..session(&[SOURCE]) }).unwrap();
    let text = shown(&solves(&fake)[2]);
    assert!(text.contains("example.com/own") && !text.contains("varve/frontend:dev"), "{text}");
}

#[test]
fn failures_are_reported_at_once_with_their_reasons() {
    let failed = |vertex: &str| {
        let value = format!("{{\"digest\":\"{vertex}\"}}").into_bytes();
        Status::user("process \"/varve-rootfs\" did not complete successfully: exit code: 1")
            .with(Detail { type_url: Detail::VERTEX.to_owned(), value })
    };
    // The digests of the tests' operations: the daemon names an operation by its digest when it fails.
    let digests: Vec<String> = {
        let fake = fake(BUILD_FILE);
        played::build(&fake, &session(&[SOURCE])).unwrap();
        let definitions = fake.definitions().into_iter().skip(2);
        definitions
            .map(|definition| {
                let named = definition.metadata.iter().find(|(_, metadata)| {
                    metadata.description.get("llb.customname").is_some_and(|name| name.contains(" check "))
                });
                named.unwrap().0.clone()
            })
            .collect()
    };
    let fake = fake(BUILD_FILE).failing(Rpc::Solve, 3, failed(&digests[0])).failing(
        Rpc::Solve,
        5,
        failed(&digests[2]),
    );
    let status = played::build(&fake, &session(&[SOURCE])).unwrap_err();
    assert_eq!(
        status.message,
        "2 image tests failed:\n\
         image.yaml:9:9: image test failed: absent /opt/rocm: it comes from somewhere else [check-failed]\n\
         image.yaml:17:9: image test failed: user 1000 [check-failed]"
    );
    let lines: Vec<i32> = status.sources().iter().map(|source| source.ranges[0].start.line).collect();
    assert_eq!(lines, [9, 17]);
}

#[test]
fn a_failure_of_the_build_is_not_one_of_a_check() {
    let other = Detail { type_url: Detail::VERTEX.to_owned(), value: br#"{"digest":"sha256:1"}"#.to_vec() };
    let broken = Status::user("process \"make\" did not complete successfully: exit code: 1").with(other);
    for nth in [2, 3] {
        let fake = fake(BUILD_FILE).failing(Rpc::Solve, nth, broken.clone());
        assert_eq!(played::build(&fake, &session(&[SOURCE])).unwrap_err(), broken);
    }
}

#[test]
fn what_is_known_before_the_build_fails_before_it() {
    let check = |from: &str, to: &str, opts: &[(&str, &str)], expect: &str| {
        let fake = fake(&BUILD_FILE.replace(from, to));
        let status = played::build(&fake, &session(opts)).unwrap_err();
        assert!(status.message.contains(expect), "{}", status.message);
        assert_eq!(solves(&fake).len(), 1, "{expect}");
    };
    check(
        "is: b}",
        "is: c}",
        &[SOURCE],
        "image.yaml:12:9: image test failed: A is `b`, expected `c` [check-failed]",
    );
    check("env: A,", "env: C,", &[SOURCE], "image test failed: the image does not set C");
    check(
        "",
        "",
        &[SOURCE, ("build-arg:VARVE_CHECKS", "no")],
        "VARVE_CHECKS is `no`, expected `on` or `off`",
    );
    check("", "", &[], "the image test `absent /opt/rocm` needs the image of this frontend");
}
