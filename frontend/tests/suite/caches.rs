//! Imported caches belong to the daemon. Each solve that may run steps passes them on exactly as the client wrote them.

use std::collections::BTreeMap;

use buildkit_gateway::{CacheImport, Call, FakeBridge, Session, Solve, SolveInput};
use buildkit_llb::{Definition, dump};
use serde_json::json;

use crate::played;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/scan"]}}"#;
/// A build with every solve beside the one for the image: reading a base image, a Dockerfile, an image test and a scan.
const BUILD_FILE: &str = r#"
stages:
  old: {from: {dockerfile: Dockerfile}, steps: [{exec: [make-old]}]}
  app:
    from: "example/base:1"
    steps:
      - {copy: /made, from: old, to: /}
      - packages: git
    checks: [{run: make check}]
"#;

/// The attributes that BuildKit reads for each kind of cache, and one that it may read in the future.
const KINDS: [(&str, &[&str]); 6] = [
    (
        "s3",
        &[
            "access_key_id",
            "blobs_prefix",
            "bucket",
            "disable_accept_encoding",
            "endpoint_url",
            "manifests_prefix",
            "name",
            "prefix",
            "region",
            "retry_max_attempts",
            "retry_mode",
            "secret_access_key",
            "session_token",
            "touch_refresh",
            "upload_parallelism",
            "use_path_style",
        ],
    ),
    ("gha", &["ghtoken", "repository", "scope", "timeout", "token", "url", "url_v2", "version"]),
    (
        "azblob",
        &[
            "account_name",
            "account_url",
            "blobs_prefix",
            "container",
            "manifests_prefix",
            "name",
            "prefix",
            "secret_access_key",
        ],
    ),
    ("local", &["digest", "src", "tag"]),
    ("registry", &["ref", "registry.insecure"]),
    ("of-the-future", &["anything"]),
];

fn caches() -> Vec<CacheImport> {
    let value = |kind: &str, name: &str| format!("{kind} {name}: \"ä\", 1=2 ${{{{ x }}}}");
    let attrs = |kind: &str, names: &[&str]| -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), value(kind, name))).collect()
    };
    KINDS.map(|(kind, names)| CacheImport { kind: kind.to_owned(), attrs: attrs(kind, names) }).into()
}

fn fake() -> FakeBridge {
    let base = "docker.io/example/base:1";
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_file(&format!("docker-image://{base}"), "etc/os-release", "ID=debian\n")
        .with_image_for_all(base, None, CONFIG)
        .with_image_for_all("docker.io/library/scanner:1", None, CONFIG)
        .with_frontend("dockerfile.v0", Definition::default(), BTreeMap::new())
}

/// The solves of a build with these options, each with its graph as text.
fn solves(opts: &[(&str, &str)]) -> Vec<(String, Solve)> {
    let fake = fake();
    let session = Session { program: "/varve".to_owned(), ..played::session(opts) };
    played::build(&fake, &session).unwrap();
    let shown = |solve: &Solve| match &solve.input {
        SolveInput::Definition(_) => dump(&solve.input.operations().unwrap().unwrap_or_default()),
        SolveInput::Frontend { name, .. } => name.clone(),
    };
    let solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(solve) => Some((shown(&solve), solve)),
        _ => None,
    });
    solves.collect()
}

#[test]
fn every_solve_has_them_with_every_attribute() {
    let caches = caches();
    let written: Vec<_> =
        caches.iter().map(|cache| json!({"Type": cache.kind, "Attrs": cache.attrs})).collect();
    let solves = solves(&[
        ("cache-imports", &json!(written).to_string()),
        ("platform", "linux/amd64,linux/arm64"),
        ("attest:sbom", "generator=scanner:1"),
        ("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "true"),
    ]);
    for part in ["dockerfile.v0", "make-old", "make check", "/scan"] {
        let found = solves.iter().filter(|(shown, _)| shown.contains(part)).count();
        assert!(found >= 2, "a solve with {part} for each platform: {found}");
    }
    // The base image is read before any step is known.
    assert!(solves.iter().any(|(shown, _)| shown.contains("docker-image://") && !shown.contains("make")));
    for (shown, solve) in &solves {
        // Sources of the client run no steps.
        let expect = if shown.contains("local://dockerfile") { &[][..] } else { &caches };
        assert_eq!(solve.cache_imports, expect, "{shown}");
    }
}

#[test]
fn none_are_made_up() {
    assert!(solves(&[]).iter().all(|(_, solve)| solve.cache_imports.is_empty()));
}
