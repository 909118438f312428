//! Every kind of step on the daemon of Docker 23 (BuildKit 0.10 on Docker's own image store). Either its operations are the same as
//! on the newest daemon, or others give the same file system, or an error at the step names the missing capability and its release.

use buildkit_gateway::{Capabilities, FakeBridge, Status};
use buildkit_llb::{Definition, dump};

use crate::played;

const IMAGE: &str = "docker.io/library/debian:12";
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]}}"#;
const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";
/// The line of the build file where the step begins.
const LINE: i32 = 9;

/// The graph of a build with this step between two others.
fn lowered(step: &str, capabilities: Capabilities) -> Result<Definition, Status> {
    let text = format!(
        "# syntax=varve/frontend:dev\nstages:\n  tools: {{from: scratch, steps: [{{file: /tool}}]}}\n  app:\n    from: \"debian:12\"\n    package-manager: apt\n    steps:\n      - run: before\n      - {step}\n      - run: after\ndefault: app\n"
    );
    let fake = FakeBridge::new()
        .with_capabilities(capabilities)
        .with_file("local://dockerfile", "image.yaml", text)
        .with_file("local://context", "a.txt", "a")
        .with_image_for_all(IMAGE, Some(DIGEST), CONFIG);
    let session = played::session(&[("source", "varve/frontend:dev")]);
    played::build(&fake, &session).map(|_| fake.definitions().pop().unwrap())
}

/// Formats the operations as text without their digests, because for older daemons the fields of an operation have another order.
fn shown(definition: &Definition) -> String {
    let text = dump(definition);
    let without = text.lines().map(|line| match line.rsplit_once(" (") {
        Some((words, _)) if !line.starts_with(' ') => words,
        _ => line,
    });
    without.collect::<Vec<_>>().join("\n")
}

#[test]
fn most_steps_are_the_same_operations() {
    let steps = [
        "run: make",
        "{run: [a, b], shell: [/bin/bash, -c], user: app, workdir: /w, env: {A: b}, hosts: {a: 10.0.0.1}, ulimits: {nofile: 9}}",
        "{run: make, network: none}",
        "{run: make, security: insecure}",
        "{exec: [make, all], no-cache: true}",
        "{run: make, mounts: [{cache: /c, id: c, sharing: locked, owner: '1:2', mode: '0700'}]}",
        "{run: make, mounts: [{bind: /b, from: tools, source: /tool}, {bind: /w, writable: true}]}",
        "{run: make, mounts: [{secret: s, env: S}, {secret: s, to: /s, mode: '0400'}, {ssh: default}, {tmpfs: /t, size: 1m}]}",
        "{run: make, mounts: [{git: 'https://a.test/b.git', to: /g}, {download: 'https://a.test/c', to: /d}]}",
        "{copy: [a.txt, b/], to: /x/, owner: '1:2', mode: '0600', exclude: ['*.md']}",
        "{copy: 'a/*.txt', to: /x/, parents: true}",
        "{copy: a, to: /x, optional: true, follow-links: false}",
        "{copy: /tool, to: /x, from: tools}",
        "{file: /f, content: text, mode: '4755', owner: app}",
        "{dir: /d, mode: '1777', owner: '7'}",
        "{remove: ['/a/*', /b], optional: true}",
        "{download: 'https://a.test/b.tar', sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, to: /x, extract: {strip: 1, only: '*/b'}}",
        "{git: 'https://a.test/b.git', ref: v1, subdir: c, keep-git-dir: true, to: /x}",
        "{packages: [git, curl], build-only: [make], run: make}",
        "{repository: acme, apt: {uri: 'https://a.test', suites: x, components: main}, trusted: true}",
        "{pip: [six], venv: /v}",
        "{account: app, uid: 7}",
        "{env: {A: b, PATH: {prepend: /x}}}",
        "{workdir: /w}",
        "{user: app}",
        "{shell: [/bin/bash, -c]}",
    ];
    for step in steps {
        let newest =
            lowered(step, Capabilities::newest()).unwrap_or_else(|error| panic!("{step}: {error:?}"));
        let older =
            lowered(step, Capabilities::docker_23()).unwrap_or_else(|error| panic!("{step}: {error:?}"));
        assert_eq!(shown(&older), shown(&newest), "{step}");
    }
}

#[test]
fn a_path_under_parents_is_required_by_the_daemon_or_looked_for() {
    let shown = |step: &str, capabilities| dump(&lowered(step, capabilities).unwrap());
    let literal = "{copy: ./a/b.txt, to: /x/, parents: true, exclude: [c]}";
    let newest = shown(literal, Capabilities::newest());
    assert!(newest.contains("include=a/b.txt exclude=c required=/a/b.txt"), "{newest}");
    assert!(!newest.contains("look for"), "{newest}");
    let older = shown(literal, Capabilities::docker_23());
    assert!(!older.contains("required="), "{older}");
    for line in [
        "/a/b.txt/ follow-symlinks contents create-dest wildcard include=a/b.txt exclude=a/b.txt/** exclude=c",
        "/a/b.txt/* /varve-found/a/b.txt/ contents create-dest wildcard\n",
        "/varve-none* / create-dest empty-wildcard\n",
    ] {
        assert!(older.contains(line), "{line} is not in:\n{older}");
    }
    let optional = shown("{copy: 'a/*', to: /x/, parents: true, optional: true}", Capabilities::newest());
    assert!(!optional.contains("look for") && !optional.contains("required="), "{optional}");
}

#[test]
fn what_cannot_be_done_is_said_at_its_step() {
    let check = |step: &str, id: &str, release: &str| {
        lowered(step, Capabilities::newest()).unwrap_or_else(|error| panic!("{step}: {error:?}"));
        let error = lowered(step, Capabilities::docker_23()).unwrap_err();
        let expect = format!("this step requires BuildKit {release} or later ({id})");
        assert!(error.message.contains(&expect), "{error:?}");
        let lines: Vec<i32> =
            error.sources().iter().flat_map(|place| &place.ranges).map(|range| range.start.line).collect();
        assert_eq!(lines, [LINE], "{step}");
    };
    check("{git: 'https://a.test/b.git', submodules: false, to: /x}", "source.git.skipsubmodules", "0.24");
    check(
        "{git: 'https://a.test/b.git', ref: v1, commit: 0123456789abcdef0123456789abcdef01234567, to: /x}",
        "source.git.checksum",
        "0.22",
    );
}

#[test]
fn what_is_there_and_switched_off_comes_with_the_daemons_reason() {
    let off = buildkit_gateway::CapabilityState::Disabled { reason: "not in this house".to_owned() };
    let newest = Capabilities::newest();
    let capabilities = Capabilities { llb: newest.llb.with("exec.meta.security", off), ..newest };
    let error = lowered("{run: make, security: insecure}", capabilities).unwrap_err();
    assert!(error.message.contains("not in this house") && !error.sources().is_empty(), "{}", error.message);
}

#[test]
fn the_commit_of_a_repository_is_read_with_its_submodules() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let source = "git://a.test/b.git#main";
    let text = "stages: {app: {from: scratch, image: {labels: {commit: \"${{ git.revision }}\"}}}}\n";
    for (capabilities, skips) in [(Capabilities::newest(), true), (Capabilities::docker_23(), false)] {
        let fake = FakeBridge::new().with_capabilities(capabilities);
        let fake = fake.with_file(source, "image.yaml", text).with_file(source, ".git/HEAD", commit);
        let session = played::session(&[("context", "https://a.test/b.git#main")]);
        let outcome = played::build(&fake, &session).unwrap();
        let config = String::from_utf8_lossy(&outcome.metadata["containerimage.config"]);
        assert!(config.contains(commit), "{config}");
        let all: String = fake.definitions().iter().map(dump).collect();
        assert_eq!(all.contains("git.skipsubmodules"), skips, "{all}");
    }
}
