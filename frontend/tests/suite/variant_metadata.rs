//! What the result says about its variant: the metadata for the client, and the names for exporters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_gateway::FakeBridge;
use serde_json::{Value, json};

use crate::played;

const FAMILY: &str = "
default: app
axes: {device: [cpu, cuda], os: [a, b]}
stages: {app: {from: scratch}, bare: {from: scratch}}
targets:
  app:
    tags: [\"acme/app:${{ device }}\", alpine, \"docker.io/library/alpine:latest\", \"r.test:5000/${{ platform.arch }}\"]
    publish: device != \"cuda\" or platform.arch != \"arm64\"
  bare: {}
";

/// The description of the variant, and the names.
fn said(opts: &[(&str, &str)]) -> (Value, String) {
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", FAMILY);
    let metadata = played::build(&fake, &played::session(opts)).unwrap().metadata;
    let variant = BASE64.decode(&metadata["frontend.varve.variant"]).unwrap();
    let names = String::from_utf8(metadata["image.name"].clone()).unwrap();
    (serde_json::from_slice(&variant).unwrap(), names)
}

#[test]
fn names_are_complete_and_there_once() {
    let (variant, names) = said(&[("platform", "linux/amd64,linux/arm64"), ("build-arg:os", "b")]);
    let tags = [
        "acme/app:cpu",
        "alpine",
        "docker.io/library/alpine:latest",
        "r.test:5000/amd64",
        "r.test:5000/arm64",
    ];
    let platforms = ["linux/amd64", "linux/arm64"];
    let axes = json!({"device": "cpu", "os": "b"});
    let expect =
        json!({"target": "app", "axes": axes, "platforms": platforms, "publish": true, "tags": tags});
    assert_eq!(variant, expect);
    let expect = "docker.io/acme/app:cpu,docker.io/library/alpine:latest,r.test:5000/amd64:latest,r.test:5000/arm64:latest";
    assert_eq!(names, expect);
}

#[test]
fn an_image_without_names_says_why() {
    let check = |opts: &[(&str, &str)], publish: bool, expect: &str| {
        let (variant, names) = said(opts);
        assert_eq!((&variant["publish"], &variant["tags"]), (&json!(publish), &json!([])));
        assert!(names.contains(expect) && !names.contains(','), "{names}");
    };
    let cuda = ("build-arg:device", "cuda");
    check(&[cuda, ("platform", "linux/arm64")], false, "`app` (it is not published: ");
    check(
        &[cuda, ("platform", "linux/amd64,linux/arm64")],
        false,
        "`app` (it is not published on linux/arm64: ",
    );
    check(&[("target", "bare")], true, "`bare` (it has no tags: ");
}
