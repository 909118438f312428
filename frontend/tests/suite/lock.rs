//! Writes a lock and builds with it, against a fake daemon.

use buildkit_gateway::{
    Call, Capabilities, FakeBridge, GitMeta, HttpMeta, Outcome, ResolveMode, Source, SourceMeta, Status,
};
use serde_json::{Value, json};

use crate::played;

const FAMILY: &str = r#"axes:
  os: ["debian:12", "rockylinux:9"]
stages:
  fetched:
    from: scratch
    steps:
      - {download: "https://example.com/tool", to: /}
      - {git: "https://example.com/tool.git", ref: v1, to: /src}
  app:
    from: ${{ os }}
    steps: [{copy: /, from: fetched, to: /}]
targets:
  app: {platforms: [linux/amd64, linux/arm64]}
"#;

pub(crate) fn digest(of: char) -> String {
    format!("sha256:{}", of.to_string().repeat(64))
}

pub(crate) fn commit(of: char) -> String {
    of.to_string().repeat(40)
}

/// A daemon that resolves every source of the family.
pub(crate) fn daemon() -> FakeBridge {
    let git = GitMeta { checksum: commit('d'), commit_checksum: commit('c'), ..GitMeta::default() };
    let http = HttpMeta { checksum: digest('e'), ..HttpMeta::default() };
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", FAMILY)
        .with_image_for_all("docker.io/library/debian:12", Some(&digest('a')), "{}")
        .with_image_for_all("docker.io/library/rockylinux:9", Some(&digest('b')), "{}")
        .with_source("git://example.com/tool.git#v1", SourceMeta { git: Some(git), ..SourceMeta::default() })
        .with_source("https://example.com/tool", SourceMeta { http: Some(http), ..SourceMeta::default() })
}

pub(crate) fn lock(daemon: &FakeBridge, opts: &[(&str, &str)]) -> Result<Outcome, Status> {
    let opts: Vec<_> = [("requestid", "frontend.lock")].into_iter().chain(opts.iter().copied()).collect();
    played::build(daemon, &played::session(&opts))
}

pub(crate) fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.metadata["result.txt"].clone()).unwrap()
}

pub(crate) fn whole() -> String {
    text(&lock(&daemon(), &[]).unwrap())
}

/// The identifiers of all sources in the solved graphs.
fn sources(fake: &FakeBridge) -> Vec<Source> {
    let built = fake.definitions().pop().unwrap();
    let alone = built.def.iter().map(|op| {
        Source::alone_in(&buildkit_llb::Definition { def: vec![op.clone()], ..Default::default() })
    });
    alone.flatten().collect()
}

#[test]
fn everything_that_any_variant_names_is_written() {
    let expect = format!(
        "# The digests and commits of the names in image.yaml. Generated: do not edit. To update it, run:
#   docker buildx build --call=lock -f image.yaml . > image.lock
version: 1
downloads:
  \"https://example.com/tool\": {tool}
git:
  \"https://example.com/tool.git\":
    \"v1\": {commit}
images:
  \"debian:12\": {debian}
  \"rockylinux:9\": {rocky}
",
        tool = digest('e'),
        commit = commit('c'),
        debian = digest('a'),
        rocky = digest('b'),
    );
    assert_eq!(whole(), expect);
    let outcome = lock(&daemon(), &[]).unwrap();
    let json: Value = serde_json::from_slice(&outcome.metadata["result.json"]).unwrap();
    let expect = json!({
        "downloads": {"https://example.com/tool": digest('e')},
        "git": {"https://example.com/tool.git": {"v1": commit('c')}},
        "images": {"debian:12": digest('a'), "rockylinux:9": digest('b')},
        "version": 1,
        "not-locked": [],
    });
    assert_eq!(json, expect);
}

#[test]
fn what_is_there_while_it_is_written_does_not_matter() {
    for old in ["", "<html>", "version: 7\n"] {
        let daemon = daemon().with_file("local://dockerfile", "image.lock", old);
        assert_eq!(text(&lock(&daemon, &[]).unwrap()), whole());
    }
}

#[test]
fn everything_that_cannot_be_locked_is_reported_at_once() {
    let daemon = FakeBridge::new().with_file("local://dockerfile", "image.yaml", FAMILY);
    let status = lock(&daemon, &[]).unwrap_err();
    let lines: Vec<&str> = status.message.lines().collect();
    assert_eq!(lines[0], "varve cannot resolve 6 names:", "{}", status.message);
    assert!(lines[1].starts_with("the image `debian:12` for linux/amd64: "), "{}", lines[1]);
    assert!(lines[5].starts_with("`v1` of `https://example.com/tool.git`: "), "{}", lines[5]);
    assert_eq!(status.sources().len(), 4);
}

#[test]
fn a_lock_is_of_the_whole_family() {
    let refused = |opts: &[(&str, &str)]| lock(&daemon(), opts).unwrap_err().message;
    assert_eq!(refused(&[("target", "app")]), "a lock is for the whole family: remove --target");
    assert_eq!(
        refused(&[("build-arg:os", "debian:12")]),
        "a lock is for the whole family: remove --build-arg os"
    );
}

#[test]
fn what_a_named_context_stands_for_is_left_out() {
    let context = [("context:rockylinux:9", "local:rocky")];
    let text = text(&lock(&daemon(), &context).unwrap());
    let line = "# Not locked: the image `rockylinux:9` for linux/arm64: a named context replaces it\n";
    assert!(text.contains(line) && !text.contains("\"rockylinux:9\""), "{text}");
}

#[test]
fn an_older_daemon_hands_over_what_it_fetched() {
    let daemon = FakeBridge::new()
        .with_capabilities(Capabilities::newest())
        .with_file("local://dockerfile", "image.yaml", FAMILY)
        .with_image_for_all("docker.io/library/debian:12", Some(&digest('a')), "{}")
        .with_image_for_all("docker.io/library/rockylinux:9", Some(&digest('b')), "{}")
        .with_file("git://example.com/tool.git#v1", ".git/HEAD", format!("{}\n", commit('c')))
        .with_file("https://example.com/tool", "download", "abc");
    let text = text(&lock(&daemon, &[]).unwrap());
    // The digest of `abc`, FIPS 180-4.
    let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(text.contains(&format!("\"https://example.com/tool\": {abc}\n")), "{text}");
    assert!(text.contains(&format!("\"v1\": {}\n", commit('c'))), "{text}");
}

#[test]
fn a_build_is_held_to_the_lock() {
    // The tags have moved since. The daemon still resolves the digests in the lock file.
    let pinned = format!("docker.io/library/debian:12@{}", digest('a'));
    let daemon = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", FAMILY)
        .with_file("local://dockerfile", "image.lock", whole())
        .with_image_for_all("docker.io/library/debian:12", Some(&digest('f')), "{}")
        .with_image_for_all(&pinned, Some(&digest('a')), "{}");
    played::build(&daemon, &played::session(&[("build-arg:VARVE_FROZEN", "1")])).unwrap();
    assert_eq!(daemon.warnings(), []);
    let sources = sources(&daemon);
    let of = |start: &str| sources.iter().find(|source| source.identifier.starts_with(start)).unwrap();
    assert_eq!(of("docker-image://").identifier, format!("docker-image://{pinned}"));
    assert_eq!(of("git://").identifier, format!("git://example.com/tool.git#{}", commit('c')));
    assert_eq!(of("https://").attrs["http.checksum"], digest('e'));
}

#[test]
fn a_stale_lock_is_a_warning_and_when_frozen_an_error_before_anything_is_asked_for() {
    let stale = whole().replace("debian:12", "debian:11").replace("\"v1\"", "\"v2\"");
    let daemon = || daemon().with_file("local://dockerfile", "image.lock", stale.clone());
    let warned = daemon();
    played::build(&warned, &played::session(&[])).unwrap();
    let short: Vec<String> = warned.warnings().into_iter().map(|warning| warning.short).collect();
    let help = "update it with `docker buildx build --call=lock ... > image.lock`";
    let expect = [
        format!(
            "stale-lock: image.lock has no entry for `v1` of `https://example.com/tool.git`: {help} (line 8)"
        ),
        format!(
            "stale-lock: image.lock has no entry for the image `debian:12` for linux/amd64: {help} (line 10)"
        ),
    ];
    assert_eq!(short, expect);

    let frozen = daemon();
    let status = played::build(&frozen, &played::session(&[("build-arg:VARVE_FROZEN", "1")])).unwrap_err();
    assert!(status.message.starts_with("2 errors in the build file:\n"), "{}", status.message);
    assert!(status.message.contains("this is an error because VARVE_FROZEN is set"), "{}", status.message);
    assert!(!frozen.calls().iter().any(|call| call.rpc() == buildkit_gateway::Rpc::ResolveImage));
}

#[test]
fn a_lock_that_has_to_be_there_and_is_not() {
    let frozen = |value: &str| {
        let session = played::session(&[("build-arg:VARVE_FROZEN", value)]);
        played::build(&daemon(), &session).map(drop).map_err(|status| status.message)
    };
    let missing = "VARVE_FROZEN is set, but there is no image.lock in the folder of image.yaml: write it there, as in `docker buildx build --call=lock -f FOLDER/image.yaml . > FOLDER/image.lock`";
    assert_eq!(frozen("true"), Err(missing.to_owned()));
    assert_eq!(frozen("0"), Ok(()));
    assert_eq!(frozen("x"), Err("VARVE_FROZEN is `x`, expected `1` or `0`".to_owned()));
}

#[test]
fn a_lock_that_is_none_is_an_error_with_its_own_excerpt() {
    let daemon = daemon().with_file("local://dockerfile", "image.lock", "version: 1\nimages: {a: b}\n");
    let status = played::build(&daemon, &played::session(&[])).unwrap_err();
    let expect = "image.lock:2:13: `b` is not a digest or commit id, expected a sha256 digest: 64 hexadecimal digits in lower case [bad-value]";
    assert_eq!(status.message, expect);
    assert_eq!(status.sources()[0].file.name, "image.lock");
}

#[test]
fn a_named_context_is_not_held_to_the_lock() {
    let stale = whole().replace("debian:12", "debian:11");
    let daemon = daemon().with_file("local://dockerfile", "image.lock", stale);
    let session = played::session(&[
        ("build-arg:VARVE_FROZEN", "1"),
        ("context:debian:12", "docker-image://docker.io/library/rockylinux:9"),
    ]);
    played::build(&daemon, &session).unwrap();
}

#[test]
fn a_lock_asks_the_registries_unless_the_client_allows_the_store_of_the_builder() {
    let modes = |opts: &[(&str, &str)]| {
        let daemon = daemon();
        let opts: Vec<_> =
            [("image-resolve-mode", "local")].into_iter().chain(opts.iter().copied()).collect();
        lock(&daemon, &opts).unwrap();
        let asked = daemon.calls().into_iter().filter_map(|call| match call {
            Call::ResolveImage(request) => Some(request.resolve_mode),
            _ => None,
        });
        let mut modes: Vec<ResolveMode> = asked.collect();
        modes.dedup();
        modes
    };
    assert_eq!(modes(&[]), [ResolveMode::Pull]);
    assert_eq!(modes(&[("build-arg:VARVE_LOCK_LOCAL", "0")]), [ResolveMode::Pull]);
    assert_eq!(modes(&[("build-arg:VARVE_LOCK_LOCAL", "1")]), [ResolveMode::Local]);
    let status = lock(&daemon(), &[("build-arg:VARVE_LOCK_LOCAL", "x")]).unwrap_err();
    assert_eq!(status.message, "VARVE_LOCK_LOCAL is `x`, expected `1` or `0`");
}

#[test]
fn the_key_of_a_repository_is_held_to_the_lock_and_needs_one() {
    let family = "stages: {app: {from: \"debian:12\", steps: [{repository: acme, key: {url: \"https://example.com/acme.asc\"}, \
        apt: {uri: \"https://example.com/debian\", suites: stable, components: main}}]}}\n";
    let http = HttpMeta { checksum: digest('e'), ..HttpMeta::default() };
    let meta = SourceMeta { http: Some(http), ..SourceMeta::default() };
    let daemon = || {
        FakeBridge::new()
            .with_file("local://dockerfile", "image.yaml", family)
            .with_image_for_all("docker.io/library/debian:12", Some(&digest('a')), "{}")
            .with_source("https://example.com/acme.asc", meta.clone())
    };
    let error = played::build(&daemon(), &played::session(&[])).unwrap_err().message;
    let expect = "image.yaml:1:56: a key of the repository `acme` has no digest";
    assert!(error.contains(expect) && error.contains("[unpinned-key]"), "{error}");

    let locked = text(&lock(&daemon(), &[]).unwrap());
    assert!(locked.contains("\"https://example.com/acme.asc\": sha256:eee"), "{locked}");
    let pinned = format!("docker.io/library/debian:12@{}", digest('a'));
    let daemon = daemon().with_file("local://dockerfile", "image.lock", locked).with_image_for_all(
        &pinned,
        Some(&digest('a')),
        "{}",
    );
    played::build(&daemon, &played::session(&[("build-arg:VARVE_FROZEN", "1")])).unwrap();
    let sources = sources(&daemon);
    let key = sources.iter().find(|source| source.identifier.starts_with("https://")).unwrap();
    assert_eq!(key.attrs["http.checksum"], digest('e'));
}
