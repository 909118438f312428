//! The graph of a build in its three formats: a picture for Graphviz, nodes and edges as JSON, and the bytes for other clients.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use buildkit_gateway::{FakeBridge, Outcome, Status};
use buildkit_llb::json;
use serde_json::Value;

use crate::played;

const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";

/// A folder with a build file. It is removed when this value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, text: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("llb-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("image.yaml"), text).unwrap();
        Self(folder)
    }

    fn varve(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_varve")).args(arguments).current_dir(&self.0).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn ask(text: &str, request: &str, opts: &[(&str, &str)]) -> (FakeBridge, Result<Outcome, Status>) {
    let fake = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", text)
        .with_file("local://context", ".dockerignore", "*.pyc\n")
        .with_image_for_all(&format!("docker.io/library/debian:12@{DIGEST}"), Some(DIGEST), "{}")
        .with_image_for_all("docker.io/library/debian:12", Some(DIGEST), "{}");
    let opts: Vec<_> = [("requestid", request)].into_iter().chain(opts.iter().copied()).collect();
    let outcome = played::build(&fake, &played::session(&opts));
    (fake, outcome)
}

/// Returns the definition that the frontend solves for this build file.
fn sent(text: &str) -> Value {
    let metadata = ask(text, "frontend.convertllb", &[]).1.unwrap().metadata;
    serde_json::from_slice(&metadata["result.json"]).unwrap()
}

/// Returns the definition that the program prints.
fn printed(name: &str, text: &str) -> Value {
    let output = Folder::new(name, text).varve(&["llb"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    json(&output.stdout)
}

#[test]
fn the_definition_is_the_one_that_the_frontend_sends() {
    let scratch = "stages:
  tools: {from: scratch, steps: [{file: /a, content: text, mode: '0755'}, {download: 'https://a.test/b', to: /b}]}
  app: {from: scratch, steps: [{copy: /a /, from: tools}, {dir: /d}, {git: 'https://a.test/c.git', to: /c}], image: {labels: {a: b}}}
";
    let pinned = format!(
        "stages:
  app:
    from: \"debian:12@{DIGEST}\"
    env: {{A: b}}
    steps:
      - packages: [git]
      - run: make
        mounts: [{{cache: /c}}, {{secret: token}}]
      - layers: {{one: [{{run: one}}], two: [{{run: two}}]}}
"
    );
    for (name, text) in [("scratch", scratch), ("pinned", &pinned)] {
        let (ours, theirs) = (printed(name, text), sent(text));
        assert!(ours["def"].as_object().unwrap().len() > 5, "{name}");
        for part in ["def", "metadata"] {
            assert_eq!(ours[part], theirs[part], "{name}");
        }
        assert_eq!(ours["source"]["locations"], theirs["source"]["locations"], "{name}");
    }
}

#[test]
fn the_context_is_that_of_the_client_that_takes_it() {
    let text = "stages: {app: {from: scratch, steps: [{copy: a.txt /}]}}\n";
    let folder = Folder::new("context", text);
    fs::write(folder.0.join(".dockerignore"), "*.pyc\n").unwrap();
    let definition = json(&folder.varve(&["llb"]).stdout);
    let operations = definition["def"].as_object().unwrap().values();
    let context = operations.map(|operation| &operation["source"]).find(|source| !source.is_null()).unwrap();
    assert_eq!(context["identifier"], "local://context");
    let attributes = context["attrs"].as_object().unwrap();
    assert_eq!(attributes["local.excludepatterns"], "[\"*.pyc\"]");
    assert_eq!(attributes["local.followpaths"], "[\"a.txt\"]");
    assert!(!attributes.contains_key("local.session"), "{attributes:?}");
    assert_eq!(folder.varve(&["llb"]).stdout, folder.varve(&["llb"]).stdout);
}

#[test]
fn what_cannot_be_right_is_refused_and_what_is_lost_is_reported() {
    let check = |name: &str, text: &str, arguments: &[&str], code: i32, expect: &[&str]| {
        let output = Folder::new(name, text).varve(arguments);
        let told = err(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert_eq!(output.stdout.is_empty(), code != 0);
        expect.iter().for_each(|expect| assert!(told.contains(expect), "{told}"));
    };
    let manager = "stages: {app: {from: \"acme/base:1\", steps: [{packages: [git]}]}}\n";
    let expect = [
        "varve cannot determine the package manager of the stage `app`",
        "add `package-manager:` to the stage: one of apt, dnf",
    ];
    check("manager", manager, &["llb"], 1, &expect);
    let known = "stages: {app: {from: \"acme/base:1\", package-manager: apt, steps: [{packages: [git]}], checks: [{absent: /x}]}}\n";
    let lost =
        ["image configuration", "the configuration of acme/base:1 is unknown", "1 image test is not run"];
    check("known", known, &["llb"], 0, &lost);
    let dockerfile = "stages: {app: {from: {dockerfile: Dockerfile}}}\n";
    check("dockerfile", dockerfile, &["llb"], 1, &["the stage starts from a Dockerfile"]);
    let several = ["llb", "--platform", "linux/amd64,linux/arm64"];
    check("several", known, &several, 2, &["for one platform"]);
}

#[test]
fn a_picture_and_nodes_and_edges() {
    let text = "stages: {app: {from: \"debian:12\", steps: [{run: make}, {dir: /d}]}}\n";
    let answer = |opts: &[(&str, &str)]| {
        let metadata = ask(text, "frontend.graph", opts).1.unwrap().metadata;
        let text = |key: &str| String::from_utf8(metadata[key].clone()).unwrap();
        let json: Value = serde_json::from_str(&text("result.json")).unwrap();
        (json, text("result.txt"))
    };
    let (json, picture) = answer(&[]);
    let nodes = json["graphs"][0]["nodes"].as_array().unwrap();
    let names: Vec<&str> = nodes.iter().filter_map(|node| node["name"].as_str()).collect();
    assert_eq!(names, ["[app 1/3] from debian:12", "[app 2/3] run make", "[app 3/3] dir /d"]);
    assert_eq!(nodes[0]["does"], format!("docker-image://docker.io/library/debian:12@{DIGEST}"));
    let edges = json["graphs"][0]["edges"].as_array().unwrap();
    let edges: Vec<(u64, u64)> =
        edges.iter().map(|edge| (edge["from"].as_u64().unwrap(), edge["to"].as_u64().unwrap())).collect();
    assert_eq!(edges, [(1, 2), (2, 3), (3, 4)]);
    assert!(picture.starts_with("// app for linux/amd64\ndigraph {\n"), "{picture}");
    for (from, to) in edges {
        assert!(picture.contains(&format!("    {from} -> {to};\n")), "{picture}");
    }
    let (json, picture) = answer(&[("platform", "linux/amd64,linux/arm64")]);
    assert_eq!(json["graphs"].as_array().unwrap().len(), 2);
    assert_eq!(picture.matches("\ndigraph {").count(), 2);
    // Without a builder the graph is the same, except for facts that only a builder resolves.
    let offline = Folder::new("picture", text).varve(&["graph", "--format", "json"]);
    let offline: Value = serde_json::from_slice(&offline.stdout).unwrap();
    assert_eq!(offline["graphs"][0]["edges"], json["graphs"][0]["edges"]);
    assert_eq!(offline["graphs"][0]["nodes"][0]["does"], "docker-image://docker.io/library/debian:12");
    assert_eq!(offline["graphs"][0]["nodes"][0]["digest"], Value::Null);
}

#[test]
fn an_archive_is_unpacked_by_the_frontend_that_the_build_file_names() {
    let steps = "stages:\n  app:\n    from: scratch\n    steps:\n      - {copy: a.tar.xz, to: /x/, extract: {strip: 1}}\n";
    let folder = Folder::new("extract", &format!("# syntax=acme.test/varve:7\n{steps}"));
    let output = folder.varve(&["llb", "--format", "json"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.contains("docker-image://acme.test/varve:7"), "{text}{}", err(&output));
    assert!(text.contains("archive=/archives/0/a.tar.xz") && text.contains("strip=1"), "{text}");

    fs::write(folder.0.join("image.yaml"), steps).unwrap();
    let output = folder.varve(&["llb"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    let words = err(&output);
    assert!(words.contains("image.yaml:5:9"), "{words}");
    assert!(words.contains("the image of this frontend is needed to extract `a.tar.xz`"), "{words}");
    assert!(words.contains("# syntax=varve/frontend"), "{words}");

    // A plan shows the step without it.
    let output = folder.varve(&["plan"]);
    assert!(output.status.success(), "{}", err(&output));
}
