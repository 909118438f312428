//! Subrequests (`--call`) against a fake daemon: their results, and that they build nothing.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_gateway::{Call, FakeBridge, Outcome, Refs, Rpc, Status};
use buildkit_llb::dump;
use serde_json::{Value, json};

use crate::played;

const BUILD_FILE: &str = r#"axes:
  device:
    description: what it computes on
    values: [cpu, cuda]
args:
  jobs: {type: int, default: 10, max: 64}
stages:
  tools: {from: "debian:12", platform: build}
  app:
    from: tools
    description: >
      the app
    steps:
      - run: make -j${{ jobs }} ${{ device }}
        mounts: [{cache: /ccache}, {secret: token}, {ssh: default, required: false}]
      - copy: . /src
"#;

fn ask(text: &str, request: &str, opts: &[(&str, &str)]) -> (FakeBridge, Result<Outcome, Status>) {
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:12",
        Some("sha256:0000000000000000000000000000000000000000000000000000000000000000"),
        "{}",
    );
    let opts: Vec<_> = [("requestid", request)].into_iter().chain(opts.iter().copied()).collect();
    let outcome = played::build(&fake, &played::session(&opts));
    (fake, outcome)
}

/// The result as JSON, the result as text, and the version of the format. Checks that only the build file was read.
fn answer(text: &str, request: &str, opts: &[(&str, &str)]) -> (Value, String, String) {
    let (fake, outcome) = ask(text, request, opts);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.refs, Refs::Single(None));
    assert!(!fake.calls().iter().any(|call| call.rpc() == Rpc::ResolveImage));
    let solves = fake.calls().into_iter().filter(|call| matches!(call, Call::Solve(_))).count();
    assert!(solves <= 1, "{solves} solves");
    let mut metadata: BTreeMap<String, String> =
        outcome.metadata.into_iter().map(|(key, value)| (key, String::from_utf8(value).unwrap())).collect();
    let mut take = |key: &str| metadata.remove(key).unwrap();
    let answer = (serde_json::from_str(&take("result.json")).unwrap(), take("result.txt"), take("version"));
    assert_eq!(metadata, BTreeMap::new());
    answer
}

fn place(line: u32, from: u32, to: u32) -> Value {
    let range = json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
    json!({"sourceIndex": 0, "ranges": [range]})
}

#[test]
fn the_outline() {
    let (answer_json, text, version) =
        answer(BUILD_FILE, "frontend.outline", &[("build-arg:device", "cuda"), ("target", "app")]);
    let expect = json!({
        "name": "app",
        "description": "the app",
        "args": [
            {"name": "device", "description": "what it computes on (one of cpu, cuda)", "value": "cuda", "location": place(2, 2, 8)},
            {"name": "jobs", "description": "an integer up to 64", "value": "10", "location": place(6, 2, 6)},
        ],
        "secrets": [{"name": "token", "required": true, "location": place(15, 35, 50)}],
        "ssh": [{"name": "default", "location": place(15, 52, 83)}],
        "cache": [{"ID": "/ccache", "location": place(15, 17, 33)}],
        "sources": [BASE64.encode(BUILD_FILE)],
    });
    assert_eq!(answer_json, expect, "{answer_json:#}");
    let expect = "\
TARGET:      app
DESCRIPTION: the app

BUILD ARG   VALUE   DESCRIPTION
device      cuda    what it computes on (one of cpu, cuda)
jobs        10      an integer up to 64

SECRET   REQUIRED
token    true

SSH       REQUIRED
default   \n
";
    assert_eq!(text, expect);
    assert_eq!(version, "1.0.0");
    // Empty fields of a target are omitted.
    let (json, text, _) = answer(BUILD_FILE, "frontend.outline", &[("target", "tools")]);
    assert_eq!(json, json!({"name": "tools", "sources": [BASE64.encode(BUILD_FILE)]}));
    assert_eq!(text, "TARGET: tools\n\n");
}

#[test]
fn the_targets() {
    let (json, text, version) = answer(BUILD_FILE, "frontend.targets", &[]);
    let expect = json!({
        "targets": [
            {"name": "tools", "base": "debian:12", "platform": "linux/amd64", "location": place(8, 2, 7)},
            {"name": "app", "default": true, "description": "the app", "base": "tools", "location": place(9, 2, 5)},
        ],
        "sources": [BASE64.encode(BUILD_FILE)],
    });
    assert_eq!(json, expect, "{json:#}");
    assert_eq!(text, "TARGET        DESCRIPTION\ntools         \napp (default) the app\n");
    assert_eq!(version, "1.0.0");
}

#[test]
fn the_graph_is_the_one_that_a_build_runs() {
    let opts = [("target", "app"), ("build-arg:jobs", "7")];
    let (built, _) = ask(BUILD_FILE, "", &opts);
    let definition = built.definitions().pop().unwrap();
    let (fake, outcome) = ask(BUILD_FILE, "frontend.convertllb", &opts);
    assert!(!fake.definitions().contains(&definition), "it was built");
    let metadata = outcome.unwrap().metadata;
    let text = |key: &str| String::from_utf8(metadata[key].clone()).unwrap();
    assert_eq!(text("version"), "0.1.0");
    assert_eq!(text("result.txt"), dump(&definition));
    let json: Value = serde_json::from_str(&text("result.json")).unwrap();
    let keys = |key: &str| json[key].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys("metadata"), definition.metadata.into_keys().collect::<Vec<_>>());
    assert_eq!(keys("def"), keys("metadata"));
    let step = json["def"].as_object().unwrap().iter().find(|(_, op)| !op["exec"].is_null()).unwrap();
    assert_eq!(step.1["exec"]["meta"]["args"], json!(["/bin/sh", "-e", "-c", "make -j7 cpu"]));
    assert_eq!(json["metadata"][step.0]["description"]["llb.customname"], "[app 2/3] run make -j7 cpu");
    assert_eq!(json["source"]["infos"][0]["filename"], "image.yaml");
    let several = [("platform", "linux/amd64,linux/arm64")];
    let (_, outcome) = ask(BUILD_FILE, "frontend.convertllb", &several);
    assert!(outcome.unwrap_err().message.contains("one platform"));
}

#[test]
fn the_list_of_questions_names_all_that_are_answered() {
    let (json, text, version) = answer("[", "frontend.subrequests.describe", &[]);
    let all = json.as_array().unwrap();
    let names: Vec<&str> = all.iter().filter_map(|one| one["name"].as_str()).collect();
    let expect = [
        "lint",
        "outline",
        "targets",
        "matrix",
        "bake",
        "dockerfile",
        "schema",
        "plan",
        "explain",
        "graph",
        "convertllb",
        "lock",
        "drift",
        "subrequests.describe",
    ];
    assert_eq!(names, expect.map(|name| format!("frontend.{name}")));
    for (one, name) in all.iter().zip(&names) {
        assert_eq!(one["type"], "rpc");
        assert_eq!(one["metadata"][1]["name"], "result.txt");
        let (_, outcome) = ask(BUILD_FILE, name, &[]);
        if *name == "frontend.drift" {
            assert!(
                outcome.unwrap_err().message.starts_with("there is no image.lock"),
                "there is nothing to compare"
            );
            continue;
        }
        let said = outcome.unwrap_or_else(|error| panic!("{name}: {error:?}")).metadata["version"].clone();
        assert_eq!(one["version"].as_str().map(str::as_bytes), Some(said.as_slice()), "{name}");
    }
    assert_eq!(all[1]["opts"], json!([{"name": "target", "description": "Target or stage"}]));
    assert!(text.starts_with("NAME                 VERSION DESCRIPTION\nlint "), "{text}");
    assert_eq!(version, "1.0.0");
}

#[test]
fn what_cannot_be_answered_says_why() {
    for request in ["frontend.outline", "frontend.targets", "frontend.matrix"] {
        let (_, outcome) = ask("stages: {a: {form: x}}\n", request, &[]);
        let status = outcome.unwrap_err();
        assert!(status.message.contains("unknown key `form`"), "{}", status.message);
        assert_eq!(status.sources().len(), 1);
    }
    let tags = "axes: {a: {x: {v: 1}, y: {w: 2}}}\nstages: {s: {from: scratch}}\ntargets:\n  one: {stage: s, tags: ['t:${{ a.v }}']}\n  two: {stage: s, tags: ['t:${{ a.w }}']}\n";
    for request in ["frontend.matrix", "frontend.bake"] {
        let status = ask(tags, request, &[]).1.unwrap_err();
        assert!(status.message.contains("`y` has no property `v`"), "{request}: {}", status.message);
        assert!(status.message.contains("`x` has no property `w`"), "{request}: {}", status.message);
        assert_eq!(status.sources().len(), 2, "{request}");
    }
    let (_, outcome) = ask(BUILD_FILE, "frontend.outline", &[("target", "appp")]);
    assert!(outcome.unwrap_err().message.contains("did you mean `app`?"));
}

#[test]
fn an_unknown_question_is_a_typed_error_before_anything_is_asked_for() {
    let (fake, outcome) = ask(BUILD_FILE, "frontend.nonsense", &[]);
    let status = outcome.unwrap_err();
    let named =
        |name: &str| status.details.iter().any(|detail| detail.as_subrequest().as_deref() == Some(name));
    assert!(named("frontend.nonsense"));
    assert_eq!(fake.calls().len(), 0);
}

#[test]
fn the_lists_of_builds_have_every_given_argument_and_a_build_for_each_list_of_tags() {
    let text = "args: {efa: false, jobs: {type: int, default: 2}}
vars: {tag: \"x/app:${{ platform.arch }}\"}
stages: {app: {from: \"debian:12\", steps: [{run: \"make -j${{ jobs }}\"}]}}
targets: {app: {platforms: [linux/amd64, linux/arm64], tags: [\"${{ tag }}${{ '-efa' if efa else '' }}\"]}}
";
    let given = [
        ("build-arg:efa", "true"),
        ("build-arg:jobs", "7"),
        ("build-arg:VARVE_CHECKS", "off"),
        ("build-arg:http_proxy", "http://proxy"),
    ];
    let args = json!({"efa": "true", "jobs": "7", "VARVE_CHECKS": "off"});
    let (matrix, table, _) = answer(text, "frontend.matrix", &given);
    let (bake, _, _) = answer(text, "frontend.bake", &given);
    let listed = matrix["variants"].as_array().unwrap();
    let baked: Vec<&Value> = bake["target"].as_object().unwrap().values().collect();
    assert_eq!((listed.len(), baked.len()), (2, 2));
    for (build, arch) in listed.iter().chain(baked).zip(["amd64", "arm64", "amd64", "arm64"]) {
        assert_eq!(build["args"], args);
        assert_eq!(build["platforms"], json!([format!("linux/{arch}")]));
        assert_eq!(build["tags"], json!([format!("x/app:{arch}-efa")]));
    }
    assert!(table.ends_with("\n1 variant, 2 builds\n"), "{table}");
}

#[test]
fn bake_warns_about_tags_that_it_leaves_out() {
    let text = "stages: {app: {from: \"debian:12\", facts: {torch: {file: /torch}}}}
targets: {app: {tags: [\"x/app:1\", \"x/app:${{ facts.torch }}\"]}}
";
    let warnings = |request: &str| -> Vec<String> {
        let (fake, outcome) = ask(text, request, &[]);
        outcome.unwrap();
        fake.warnings().into_iter().map(|warning| warning.short).collect()
    };
    let [warning] = <[String; 1]>::try_from(warnings("frontend.bake")).unwrap();
    assert!(
        warning.contains("the tags of `app` with facts are left out: `x/app:{facts.torch}`"),
        "{warning}"
    );
    assert_eq!(warnings("frontend.matrix"), [""; 0]);
}
