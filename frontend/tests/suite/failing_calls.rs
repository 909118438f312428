//! Lets each call that a build makes to the daemon fail once. The build then ends with the daemon's own error, and makes no calls
//! that it would not make otherwise.

use std::collections::BTreeMap;

use buildkit_gateway::{FakeBridge, GrpcCode, Outcome, Rpc, Session, Status};

use crate::played;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]}}"#;
/// A build that makes every kind of call.
const BUILD_FILE: &str = r#"# syntax=varve/frontend:dev
include: [more.yaml]
vars: {version: {file: VERSION}}
stages:
  app:
    from: "debian:12"
    steps:
      - run: make ${{ version }}
        mounts: [{bind: /extra, from: extra}]
      - copy: . /src
      - copy: /tool /tool
        from: tools
      - packages: git
    checks: [{run: make check}]
default: app
"#;
const MORE: &str = "stages:\n  tools: {from: \"tools:1\"}\n  extra: {from: scratch}\n";

fn fake() -> FakeBridge {
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_file("local://dockerfile", "more.yaml", MORE)
        .with_file("local://context", "VERSION", "1")
        .with_file("local://context", ".dockerignore", "x")
        .with_file("local://extra", "file", "")
        .with_file("docker-image://docker.io/library/debian:12", "etc/os-release", "ID=debian\n")
        .with_image_for_all("docker.io/library/debian:12", None, CONFIG)
        .with_image_for_all("docker.io/library/tools:1", None, CONFIG)
}

fn build(fake: &FakeBridge) -> Result<Outcome, Status> {
    let opts = [
        ("filename", "image.yaml"),
        ("platform", "linux/amd64,linux/arm64"),
        ("context:extra", "local:extra"),
        // An argument that nothing declares gives a warning.
        ("build-arg:unknown", "1"),
    ];
    let session = Session { program: "/varve".to_owned(), ..played::session(&opts) };
    played::build(fake, &session)
}

/// How many times a build makes each call.
fn counts(fake: &FakeBridge) -> BTreeMap<Rpc, usize> {
    let mut counts = BTreeMap::new();
    for call in fake.calls() {
        *counts.entry(call.rpc()).or_default() += 1;
    }
    counts
}

#[test]
fn each_call_that_fails_ends_the_build_with_its_error() {
    let whole = fake();
    build(&whole).unwrap();
    let counts = counts(&whole);
    for rpc in [Rpc::Ping, Rpc::Solve, Rpc::ReadFile, Rpc::ResolveImage, Rpc::Warn] {
        assert!(counts.contains_key(&rpc), "the build asks for everything: {counts:?}");
    }
    for (&rpc, &calls) in &counts {
        for nth in 1..=calls {
            for code in [GrpcCode::UNKNOWN, GrpcCode::CANCELLED, GrpcCode::UNAVAILABLE] {
                let failure = Status { code, ..Status::user("the daemon's own words") };
                let failing = fake().failing(rpc, nth, failure.clone());
                let status = build(&failing).expect_err(&format!("{rpc:?} {nth}"));
                assert_eq!(status.code, code, "{rpc:?} {nth}: {}", status.message);
                // An error of an image test names the test.
                assert!(status.message.contains(&failure.message), "{rpc:?} {nth}: {}", status.message);
                assert!(failing.calls().len() <= whole.calls().len(), "{rpc:?} {nth}");
            }
        }
    }
}

#[test]
fn a_daemon_that_fails_from_some_point_on_is_not_asked_for_ever() {
    let whole = fake();
    build(&whole).unwrap();
    for rpc in counts(&whole).into_keys() {
        let failing = fake().always_failing(rpc, Status::user("the daemon's own words"));
        build(&failing).unwrap_err();
        assert!(failing.calls().len() <= whole.calls().len(), "{rpc:?}");
    }
}
