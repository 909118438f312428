//! `SOURCE_DATE_EPOCH` with a name as its value, against a fake daemon: which source gives the time.

use buildkit_gateway::{Call, Capabilities, FakeBridge, GitMeta, HttpMeta, Rpc, Source, SourceMeta, Status};
use buildkit_llb::dump;

use crate::played;

const BUILD_FILE: &str = r#"
args: {SOURCE_DATE_EPOCH: "", ref: main}
stages:
  source: {from: scratch, steps: [{git: "https://example.com/b.git", ref: "${{ ref }}", to: /}]}
  tool: {from: scratch, steps: [{download: "https://example.com/tool.tar", to: /}]}
  two: {from: scratch, steps: [{git: "https://example.com/b.git", to: /}, {dir: /x}]}
  app: {from: scratch, steps: [{file: /time, content: "at ${{ SOURCE_DATE_EPOCH }}."}]}
"#;
const CONTEXT: &str = "git://example.com/a.git";

fn fake() -> FakeBridge {
    let commit = |seconds| SourceMeta {
        git: Some(GitMeta { committed: Some(seconds), ..GitMeta::default() }),
        ..SourceMeta::default()
    };
    let modified = |last_modified| SourceMeta {
        http: Some(HttpMeta { last_modified, ..HttpMeta::default() }),
        ..SourceMeta::default()
    };
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_file(CONTEXT, "image.yaml", BUILD_FILE)
        .with_source(CONTEXT, commit(1_000))
        .with_source("git://example.com/b.git#v1", commit(2_000))
        .with_source("https://example.com/tool.tar", modified(Some(3_000)))
        .with_source("https://example.com/undated.tar", modified(None))
        .with_file("https://example.com/undated.tar", "context", tar)
        .with_file("https://example.com/undated.tar", "image.yaml", BUILD_FILE)
        .with_file("https://example.com/undated.tar", "deep/down/newest", "")
        .with_time("deep/down/newest", 4_000_999_999_999)
        .with_time("image.yaml", 7_000_000_000)
        .with_source("https://example.com/undated.yaml", modified(None))
        .with_file("https://example.com/undated.yaml", "context", BUILD_FILE)
}

/// The time in the result, which equals the value of the argument in the build.
fn time(fake: &FakeBridge, name: &str, opts: &[(&str, &str)]) -> Result<Option<String>, Status> {
    let given = [&[("build-arg:SOURCE_DATE_EPOCH", name), ("target", "app")], opts].concat();
    let outcome = played::build(fake, &played::session(&given))?;
    let time = outcome.metadata.get("source.date.epoch").map(|time| String::from_utf8(time.clone()).unwrap());
    let operations = fake.definitions().pop().unwrap().def.concat();
    let written = format!("at {}.", time.as_deref().unwrap_or_default());
    assert!(operations.windows(written.len()).any(|part| part == written.as_bytes()), "{written}");
    Ok(time)
}

fn check(name: &str, opts: &[(&str, &str)], expect: Option<&str>) {
    assert_eq!(time(&fake(), name, opts).unwrap().as_deref(), expect, "{name} {opts:?}");
}

#[test]
fn the_time_of_the_context() {
    check("context", &[("context", "https://example.com/a.git")], Some("1000"));
    // Where the server sends no date, the newest file of the archive gives the time.
    check("context", &[("context", "https://example.com/undated.tar")], Some("4000"));
    check("context", &[("context", "https://example.com/undated.yaml")], None);
    // A folder of the client has no time of its own.
    check("context", &[], None);
}

#[test]
fn the_time_of_a_named_context() {
    check("it", &[("context:it", "https://example.com/a.git")], Some("1000"));
    check("it", &[("context:it", "https://example.com/tool.tar")], Some("3000"));
    check("it", &[("context:it", "https://example.com/undated.tar")], Some("4000"));
    check("it", &[("context:it", "local:it")], None);
    check("it", &[("context:it", "docker-image://debian:12")], None);
    // A named context wins over a stage of the same name.
    check("tool", &[("context:tool", "https://example.com/a.git")], Some("1000"));
}

#[test]
fn the_time_of_what_a_stage_fetches() {
    check("source", &[("build-arg:ref", "v1")], Some("2000"));
    check("tool", &[], Some("3000"));
    for name in ["two", "app"] {
        let status = time(&fake(), name, &[]).unwrap_err();
        assert!(status.message.contains(&format!("is the stage `{name}`, which must start from scratch")));
        assert_eq!(status.sources().len(), 1);
    }
}

#[test]
fn a_commit_of_the_lock_is_the_one_whose_time_it_is() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let lock = format!("version: 1\ngit: {{\"https://example.com/b.git\": {{v1: {commit}}}}}\n");
    let git = GitMeta { committed: Some(5_000), ..GitMeta::default() };
    let locked = fake().with_file("local://dockerfile", "image.lock", lock).with_source(
        &format!("git://example.com/b.git#{commit}"),
        SourceMeta { git: Some(git), ..SourceMeta::default() },
    );
    assert_eq!(time(&locked, "source", &[("build-arg:ref", "v1")]), Ok(Some("5000".to_owned())));
}

#[test]
fn a_name_that_there_is_not_and_a_daemon_that_knows_no_names() {
    let status = time(&fake(), "yesterday", &[]).unwrap_err();
    assert!(status.message.starts_with("SOURCE_DATE_EPOCH is `yesterday`, expected"), "{}", status.message);
    let older = fake().with_capabilities(Capabilities::of_buildkit(28));
    let status = time(&older, "context", &[]).unwrap_err();
    assert!(status.message.contains("requires BuildKit 0.29 or later"), "{}", status.message);
    assert_eq!(time(&older, "12", &[]), Ok(Some("12".to_owned())));
    let failing = fake().failing(Rpc::ResolveSource, 1, Status::user("no such host"));
    assert_eq!(time(&failing, "tool", &[]).unwrap_err().message, "no such host");
}

#[test]
fn the_daemon_is_asked_for_the_source_as_it_is_fetched() {
    let fake = fake();
    time(&fake, "source", &[("build-arg:ref", "v1")]).unwrap();
    let asked = fake.calls().into_iter().find_map(|call| match call {
        Call::ResolveSource(request) => Some(request),
        _ => None,
    });
    let asked = asked.unwrap();
    assert_eq!(asked.log_name, "[internal] load the time of git://example.com/b.git#v1");
    let full = "https://example.com/b.git";
    let Source { identifier, attrs } = asked.source;
    assert_eq!((identifier.as_str(), attrs["git.fullurl"].as_str()), ("git://example.com/b.git#v1", full));
}

#[test]
fn files_of_a_repository_tell_the_time_of_its_commit() {
    let shown = |context: &str, time: &str, minor: u32| {
        let fake = fake().with_capabilities(Capabilities::of_buildkit(minor));
        let opts = [("context", context), ("build-arg:SOURCE_DATE_EPOCH", time), ("target", "app")];
        played::build(&fake, &played::session(&opts)).unwrap();
        dump(&fake.definitions()[0])
    };
    let address = "https://example.com/a.git";
    assert!(shown(address, "12", 29).contains("git.mtime commit"));
    assert!(!shown(address, "", 29).contains("git.mtime"));
    assert!(!shown(address, "12", 28).contains("git.mtime"));
    assert!(!shown(&format!("{address}?mtime=checkout"), "12", 29).contains("git.mtime commit"));
}
