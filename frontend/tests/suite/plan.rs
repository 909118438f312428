//! `--call=plan`, which describes a build without running it, against a fake daemon.

use std::fs;
use std::path::Path;

use buildkit_gateway::{Capabilities, FakeBridge, Outcome, Status};
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::played;

const BUILD_FILE: &str = r#"axes:
  device: [cpu, cuda]
args:
  jobs: {type: int, default: 10}
  unread: x
mixins:
  cc: {mounts: [{cache: /ccache, id: cc, sharing: locked}], env: {CCACHE_DIR: /ccache}}
stages:
  tools:
    from: "debian:12"
    platform: build
    steps:
      - packages: [git, curl]
  app:
    from: "acme/base:1"
    env: {LANG: C.UTF-8}
    workdir: /src
    steps:
      - run: |
          make -j${{ jobs }}
          make install
        mixins: [cc]
        mounts: [{secret: token, env: TOKEN}, {bind: /tools, from: tools}]
        network: none
        user: build
      - {run: nvcc, if: device == "cuda"}
      - copy: conf/ /etc/app/
        owner: 1000:1000
      - copy: usr/bin/git /usr/bin/
        from: tools
        link: true
      - file: /etc/motd
        content: "hello\nworld\n"
        mode: "0600"
      - layers:
          one: [{dir: /one}]
          two: [{run: two}, {env: {TWO: "2"}}]
      - download: https://example.com/tool.tar.gz
        sha256: 1f0c8e4f5a3c5ff5b35c1ee71c1fc3a4f1f2a6cdbd0a77f3a4b6f2b3e0a1d9c8
        extract: {strip: 1}
        to: /opt/tool/
      - git: https://example.com/lib.git
        ref: v1
        to: /opt/lib
        apply: [patches/0001-fix.patch, "patches/series/*.patch"]
    image: {entrypoint: [app], labels: {a: b}}
    checks:
      - {absent: /opt/rocm, because: tests bring their own}
targets:
  app: {tags: "acme/app:${{ device }}"}
"#;

const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";
const CONFIG: &str = r#"{"config": {"Env": ["PATH=/bin"], "User": "root"}}"#;

fn fake(text: &str) -> FakeBridge {
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", text)
        .with_file("local://context", ".dockerignore", "*.pyc\n")
        .with_image_for_all("docker.io/library/debian:12", Some(DIGEST), "{}")
        .with_image_for_all("docker.io/acme/base:1", Some(DIGEST), CONFIG)
}

fn ask(fake: &FakeBridge, request: &str, opts: &[(&str, &str)]) -> Result<Outcome, Status> {
    let all = [("requestid", request), ("source", "varve/frontend:1")];
    let opts: Vec<_> = all.into_iter().chain(opts.iter().copied()).collect();
    played::build(fake, &played::session(&opts))
}

/// The result as JSON and the result as text.
fn plan(fake: &FakeBridge, opts: &[(&str, &str)]) -> (Value, String) {
    let metadata = ask(fake, "frontend.plan", opts).unwrap().metadata;
    let text = |key: &str| String::from_utf8(metadata[key].clone()).unwrap();
    (serde_json::from_str(&text("result.json")).unwrap(), text("result.txt"))
}

/// Removes the digests of operations, which may change with a release.
fn without_digests(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("digest: sha256:"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Collects every value of a key, at any depth.
fn all<'v>(value: &'v Value, key: &str, into: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get(key));
            map.values().for_each(|value| all(value, key, into));
        }
        Value::Array(items) => items.iter().for_each(|value| all(value, key, into)),
        _ => {}
    }
}

#[test]
fn everything_that_a_build_does() {
    let (_, text) = plan(&fake(BUILD_FILE), &[]);
    let shown = without_digests(&text);
    expect_file!["plan/plan.txt"].assert_eq(&shown);
    assert_eq!(plan(&fake(BUILD_FILE), &[]).1, text, "the same input, the same answer");
}

/// The plan of each build file in `plan/cases` is in the text beside it. A comment such as `# platform: linux/arm64` names the platforms.
#[test]
fn each_case_has_its_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/plan/cases");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases = 0;
    for path in paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")) {
        let file = fs::read_to_string(&path).unwrap();
        let platform = file.lines().find_map(|line| line.strip_prefix("# platform: "));
        let (_, text) = plan(&fake(&file), &[("platform", platform.unwrap_or("linux/amd64"))]);
        expect_file![path.with_extension("txt")].assert_eq(&without_digests(&text));
        cases += 1;
    }
    assert!(cases >= 7, "{cases}");
}

#[test]
fn it_is_what_the_build_sends_and_builds_nothing() {
    let built = fake(BUILD_FILE);
    ask(&built, "", &[]).unwrap();
    let sent = built.definitions();
    let asked = fake(BUILD_FILE);
    let (json, _) = plan(&asked, &[]);
    assert!(asked.definitions().len() < sent.len());
    let sent: Vec<String> = sent.into_iter().flat_map(|definition| definition.metadata.into_keys()).collect();
    let mut digests = Vec::new();
    all(&json, "digest", &mut digests);
    assert_eq!(digests.len(), 11);
    for digest in digests {
        assert!(sent.iter().any(|sent| *digest == **sent), "{digest}");
    }
    let known = asked.definitions().into_iter().flat_map(|definition| definition.metadata.into_values());
    let loads: Vec<String> =
        known.filter_map(|known| known.description.get("llb.customname").cloned()).collect();
    assert!(loads.iter().all(|name| name.starts_with("[internal] load ")), "{loads:?}");
}

#[test]
fn programs_get_the_same() {
    let (json, text) = plan(&fake(BUILD_FILE), &[("build-arg:device", "cuda")]);
    let app = &json["plans"][0]["stages"][1];
    assert_eq!(
        app["from"],
        json!({"image": "acme/base:1", "pinned": format!("docker.io/acme/base:1@{DIGEST}")})
    );
    assert_eq!(app["place"], json!({"file": "image.yaml", "line": 14}));
    let run = &app["steps"][2];
    assert_eq!(run["script"], "make -j10\nmake install\n");
    assert_eq!(run["mounts"][0], json!({"cache": "/ccache", "id": "/cc", "sharing": "locked"}));
    assert_eq!(run["mounts"][2], json!({"secret": "token", "env": "TOKEN", "required": true}));
    assert_eq!(app["steps"][3]["name"], "run nvcc");
    assert_eq!(json["plans"][0]["left-out"], Value::Null);
    assert_eq!(json["plans"][0]["tags"], json!(["acme/app:cuda"]));
    assert!(text.contains("run nvcc (image.yaml:26)"), "{text}");
}

#[test]
fn each_platform_has_a_plan() {
    let (json, text) = plan(&fake(BUILD_FILE), &[("platform", "linux/amd64,linux/arm64")]);
    let platforms: Vec<&Value> =
        json["plans"].as_array().unwrap().iter().map(|plan| &plan["platform"]).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    // The stage with `platform: build` is the same for both platforms.
    let tools = |plan: usize| &json["plans"][plan]["stages"][0]["steps"][0]["digest"];
    assert_eq!(tools(0), tools(1));
    assert!(text.contains("\nPLAN: app for linux/arm64\n"), "{text}");
}

#[test]
fn a_builder_that_cannot_merge_builds_layers_one_after_the_other() {
    let text = "stages: {app: {from: \"debian:12\", steps: [{layers: {a: [{run: a}], b: [{run: b}]}}]}}\n";
    let of = |fake: FakeBridge| {
        let (json, _) = plan(&fake, &[]);
        let step = json["plans"][0]["stages"][0]["steps"][0].clone();
        (step["built"].clone(), step["layers"][1]["steps"][0]["digest"].clone())
    };
    let (newest, side_by_side) = of(fake(text));
    assert_eq!(newest, "in parallel, then merged");
    let (older, one_by_one) = of(fake(text).with_capabilities(Capabilities::docker_23()));
    assert_eq!(older, "one after the other, because the builder cannot merge");
    assert_ne!(side_by_side, one_by_one);
}

#[test]
fn the_package_manager_is_read_from_the_image() {
    let text = "stages: {app: {from: \"acme/base:1\", steps: [{packages: [git]}]}}\n";
    let image = format!("docker-image://docker.io/acme/base:1@{DIGEST}");
    let fake = fake(text).with_file(&image, "etc/os-release", "ID=fedora\nVERSION_ID=41\n");
    let (json, shown) = plan(&fake, &[]);
    let manager = &json["plans"][0]["stages"][0]["package-manager"];
    assert_eq!(*manager, json!({"name": "dnf", "system": "fedora 41"}), "{shown}");
}

#[test]
fn no_secret_is_shown() {
    let text = "stages: {app: {from: scratch, steps: [{copy: a /}, {git: 'https://me:hush@a.test/b.git', to: /b}, {download: 'https://me:hush@a.test/c', to: /c}]}}\n";
    let proxy = ("build-arg:https_proxy", "http://me:hush@proxy.test:3128");
    let (json, shown) = plan(&fake(BUILD_FILE), &[proxy]);
    assert!(!shown.contains("hush") && !json.to_string().contains("hush"), "{shown}");
    assert!(shown.contains("\n      proxy\n"), "{shown}");
    let status = ask(&fake(text), "frontend.plan", &[]).unwrap_err();
    assert!(status.message.contains("2 errors") && !status.message.contains("hush"), "{}", status.message);
}

#[test]
fn what_cannot_be_built_has_no_plan() {
    let check = |opts: &[(&str, &str)], expect: &str| {
        let status = ask(&fake(BUILD_FILE), "frontend.plan", opts).unwrap_err();
        assert!(status.message.contains(expect), "{}", status.message);
    };
    check(&[("target", "nothing")], "there is no target or stage `nothing`");
    check(&[("build-arg:device", "tpu")], "`device` has no value `tpu`");
    check(&[("build-arg:jobs", "many")], "`jobs` is `many`");
}

#[test]
fn what_the_client_puts_in_the_place_of_a_stage_is_shown() {
    let tools = ("context:tools", "docker-image://debian:12");
    for (target, name) in [("app", "tools"), ("tools", "tools")] {
        let opts = [tools, ("target", target)];
        let (json, text) = plan(&fake(BUILD_FILE), &opts);
        let metadata = ask(&fake(BUILD_FILE), "frontend.explain", &opts).unwrap().metadata;
        let why: Value = serde_json::from_slice(&metadata["result.json"]).unwrap();
        let first = &json["plans"][0]["stages"][0];
        assert_eq!(why["explanations"][0]["stages"][0]["stage"], first["stage"], "{text}");
        if target == name {
            let from = json!({"image": "tools", "pinned": format!("docker.io/library/debian:12@{DIGEST}")});
            assert_eq!((&first["from"], &first["steps"]), (&from, &Value::Null), "{text}");
        } else {
            let mounted = &first["steps"][2]["mounts"][1];
            assert_eq!(mounted["from"], format!("docker.io/library/debian:12@{DIGEST}"), "{text}");
        }
    }
}

#[test]
fn an_axis_whose_default_is_not_allowed_is_in_the_plan_and_a_warning_of_the_build() {
    let file = "axes:
  device: [cuda, cpu]
  release: [\"12\", \"13\", \"14\"]
support:
  - {if: device == \"cpu\", require: release != \"12\", because: it needs GCC 13}
  - {exclude: release == \"13\" and platform.arch == \"arm64\", because: not packaged}
stages: {app: {from: \"acme/base:${{ release }}\", steps: [{run: \"echo ${{ device }}\"}]}}
";
    let fake = || {
        let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", file);
        let images = ["12", "13", "14"].map(|release| format!("docker.io/acme/base:{release}"));
        images.iter().fold(fake, |fake, image| fake.with_image_for_all(image, Some(DIGEST), CONFIG))
    };
    let cpu = ("build-arg:device", "cpu");
    let (json, text) = plan(&fake(), &[cpu]);
    let moved = json!([{
        "axis": "release", "value": "13", "default": "12", "because": "it needs GCC 13",
        "place": {"file": "image.yaml", "line": 5},
    }]);
    assert_eq!(json["plans"][0]["moved"], moved);
    assert_eq!(json["plans"][0]["axes"], json!({"device": "cpu", "release": "13"}));
    let line = "  moved: release=13 instead of 12 (image.yaml:5): it needs GCC 13\n";
    assert!(text.contains(line), "{text}");
    let metadata = ask(&fake(), "frontend.explain", &[cpu]).unwrap().metadata;
    assert!(String::from_utf8_lossy(&metadata["result.txt"]).contains(line));
    let explained: Value = serde_json::from_slice(&metadata["result.json"]).unwrap();
    assert_eq!(explained["explanations"][0]["moved"], moved);

    // All platforms of a build have the same value.
    let both = fake();
    ask(&both, "", &[cpu, ("platform", "linux/amd64,linux/arm64")]).unwrap();
    let warnings: Vec<String> = both.warnings().into_iter().map(|warning| warning.short).collect();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.contains("`release` is `14` instead of its default `12`: it needs GCC 13"), "{warning}");

    // A build that sets everything needs no other value.
    let (json, text) = plan(&fake(), &[cpu, ("build-arg:release", "14")]);
    assert!(json["plans"][0].get("moved").is_none() && !text.contains("moved"), "{text}");
}
