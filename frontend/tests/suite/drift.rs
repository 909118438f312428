//! Compares a lock with what its names stand for now, and gives some names new pins, against a fake daemon.

use buildkit_gateway::{Call, FakeBridge, GitMeta, HttpMeta, ResolveMode, SourceMeta, Status};
use serde_json::{Value, json};

use crate::lock::{commit, daemon, digest, lock, text, whole};
use crate::played;

/// The text, the JSON and the exit code of the answer.
fn drift(daemon: &FakeBridge, opts: &[(&str, &str)]) -> Result<(String, Value, String), Status> {
    let opts: Vec<_> = [("requestid", "frontend.drift")].into_iter().chain(opts.iter().copied()).collect();
    let outcome = played::build(daemon, &played::session(&opts))?;
    let of = |key: &str| String::from_utf8(outcome.metadata[key].clone()).unwrap();
    let json = serde_json::from_str(&of("result.json")).unwrap();
    Ok((of("result.txt"), json, of("result.statuscode")))
}

/// A daemon with the family, and with a lock beside it.
fn with_lock(lock: impl Into<String>) -> FakeBridge {
    daemon().with_file("local://dockerfile", "image.lock", lock.into())
}

#[test]
fn a_current_lock_has_not_moved() {
    let (text, json, status) = drift(&with_lock(whole()), &[]).unwrap();
    assert_eq!(text, "no name moved: image.lock is current, with 4 names\n");
    assert_eq!(json, json!({"lock": "image.lock", "names": 4, "moved": [], "not-compared": []}));
    assert_eq!(status, "0");
}

#[test]
fn what_moved_is_told_with_the_variants_that_use_it() {
    let old = whole()
        .replace(&format!("\"debian:12\": {}", digest('a')), &format!("\"debian:12\": {}", digest('1')))
        .replace(&commit('c'), &commit('2'))
        .replace("  \"https://example.com/tool\":", "  \"https://example.com/other\":");
    let daemon = with_lock(old);
    let (text, json, status) = drift(&daemon, &[("image-resolve-mode", "local")]).unwrap();
    let expect = format!(
        "2 of 3 names of image.yaml moved since image.lock was written

the image `debian:12` for linux/amd64,linux/arm64
  {}
  -> {}
  used by os=debian:12 (1 of 2 variants)

`v1` of `https://example.com/tool.git`
  {}
  -> {}
  used by all 2 variants

not compared:
  the download `https://example.com/tool`: the lock has no entry for it
",
        digest('1'),
        digest('a'),
        commit('2'),
        commit('c')
    );
    assert_eq!(text, expect);
    let variant =
        |os: &str| json!({"target": "app", "axes": {"os": os}, "platforms": ["linux/amd64", "linux/arm64"]});
    let image = json!({
        "kind": "image",
        "name": "debian:12",
        "platforms": ["linux/amd64", "linux/arm64"],
        "old": digest('1'),
        "new": digest('a'),
        "variants": [variant("debian:12")],
    });
    assert_eq!(json["moved"][0], image);
    assert_eq!((&json["moved"][1]["kind"], &json["moved"][1]["ref"]), (&json!("git"), &json!("v1")));
    assert_eq!(json["moved"][1]["variants"], json!([variant("debian:12"), variant("rockylinux:9")]));
    assert_eq!(status, "3");
    // The registries are asked, whatever the client prefers.
    let modes = daemon.calls().into_iter().filter_map(|call| match call {
        Call::ResolveImage(request) => Some(request.resolve_mode),
        _ => None,
    });
    assert!(modes.collect::<Vec<_>>().iter().all(|mode| *mode == ResolveMode::Pull));
}

#[test]
fn an_image_that_moved_for_one_platform_is_named_with_it() {
    let parts = format!("\n    \"linux/amd64\": {}\n    \"linux/arm64\": {}", digest('a'), digest('7'));
    let old = whole().replace(&format!("\"debian:12\": {}", digest('a')), &format!("\"debian:12\":{parts}"));
    let (text, json, _) = drift(&with_lock(old), &[]).unwrap();
    assert!(text.contains("the image `debian:12` for linux/arm64\n"), "{text}");
    assert!(text.contains("used by os=debian:12 platform=linux/arm64 (1 of 2 variants)\n"), "{text}");
    assert_eq!(json["moved"][0]["variants"][0]["platforms"], json!(["linux/arm64"]));
}

#[test]
fn a_comparison_needs_a_lock_and_the_whole_family() {
    for daemon in [daemon(), with_lock("")] {
        let message = drift(&daemon, &[]).unwrap_err().message;
        let expect = "there is no image.lock in the folder of image.yaml, or it is empty: write one with `docker buildx build --call=lock`";
        assert_eq!(message, expect);
    }
    let wrong = drift(&with_lock("version: 7\n"), &[]).unwrap_err();
    assert!(wrong.message.starts_with("image.lock:1:"), "{}", wrong.message);
    let message = drift(&with_lock(whole()), &[("target", "app")]).unwrap_err().message;
    assert_eq!(message, "a lock is for the whole family: remove --target");
}

#[test]
fn a_registry_that_fails_is_a_failure_and_no_drift() {
    let family = "stages: {app: {from: \"gone:1\"}}\n";
    let daemon = FakeBridge::new().with_file("local://dockerfile", "image.yaml", family).with_file(
        "local://dockerfile",
        "image.lock",
        format!("version: 1\nimages: {{gone:1: {}}}\n", digest('1')),
    );
    let message = drift(&daemon, &[]).unwrap_err().message;
    assert!(message.contains("gone:1"), "{message}");
}

/// A daemon whose registries have other versions of everything.
fn moved_on(lock: &str) -> FakeBridge {
    let git = GitMeta { checksum: commit('9'), ..GitMeta::default() };
    let http = HttpMeta { checksum: digest('9'), ..HttpMeta::default() };
    with_lock(lock)
        .with_image_for_all("docker.io/library/debian:12", Some(&digest('8')), "{}")
        .with_image_for_all("docker.io/library/rockylinux:9", Some(&digest('9')), "{}")
        .with_source("git://example.com/tool.git#v1", SourceMeta { git: Some(git), ..SourceMeta::default() })
        .with_source("https://example.com/tool", SourceMeta { http: Some(http), ..SourceMeta::default() })
}

#[test]
fn an_update_gives_new_pins_to_the_names_and_leaves_all_others() {
    let updated = |names: &str| {
        let daemon = moved_on(&whole());
        let locked = text(&lock(&daemon, &[("build-arg:VARVE_LOCK_UPDATE", names)]).unwrap());
        let asked = daemon.calls().iter().filter(|call| matches!(call, Call::ResolveImage(_))).count();
        (locked, asked)
    };
    let debian = whole().replace(&digest('a'), &digest('8'));
    assert_eq!(updated("debian:12"), (debian.clone(), 2));
    // One image has several names, and a repository is one name for all its branches.
    assert_eq!(updated("docker.io/library/debian:12"), (debian.clone(), 2));
    let both = debian.replace(&commit('c'), &commit('9'));
    assert_eq!(updated(" https://example.com/tool.git\n debian:12"), (both, 2));
}

#[test]
fn an_update_of_a_name_that_nothing_has_is_an_error() {
    let failed = |lock_text: &str, name: &str| {
        let daemon = moved_on(lock_text);
        lock(&daemon, &[("build-arg:VARVE_LOCK_UPDATE", name)]).unwrap_err().message
    };
    let expect = "VARVE_LOCK_UPDATE: nothing to pin has the name `debian:13` (did you mean `debian:12`?)";
    assert_eq!(failed(&whole(), "debian:13"), expect);
    assert_eq!(failed(&whole(), "xyz"), "VARVE_LOCK_UPDATE: nothing to pin has the name `xyz`");
    assert!(failed("", "debian:12").starts_with("there is no image.lock"));
}
