//! `docker buildx build --call=...`: every subrequest through a real client, with the same output as an equivalent Dockerfile.

use anyhow::Result;
use serde_json::{Value, json};
use varve_tests::{Build, Engine};

const OURS: &str = r#"# syntax=varve/frontend:dev
args:
  JOBS: {default: "10", description: how many at once}
  VERSION: {default: "3"}
stages:
  base:
    from: "varve.test/debian:12"
    description: has the tools
  app:
    from: base
    description: what is run
    steps:
      - run: "true ${{ JOBS }} ${{ VERSION }}"
        mounts: [{secret: token}, {ssh: default, required: false}]
      - {run: "true", mounts: [{secret: licence, required: false}]}
"#;
/// The Dockerfile has one line, because the Dockerfile frontend lists the secrets of a line in any order.
const THEIRS: &str = "\
# base has the tools
FROM varve.test/debian:12 AS base

# app what is run
FROM base AS app
# JOBS how many at once
ARG JOBS=10
ARG VERSION=3
RUN --mount=type=secret,id=token,required --mount=type=ssh true $JOBS $VERSION
RUN --mount=type=secret,id=licence true
";

fn answer(build: &Build, call: &str) -> Result<String> {
    Ok(build.call(Engine::get()?, call)?.success()?.stdout)
}

fn json_of(build: &Build, call: &str) -> Result<Value> {
    Ok(serde_json::from_str(&answer(build, &format!("{call},format=json"))?)?)
}

/// Removes places and source texts, which differ between the two files.
fn without_places(mut value: Value) -> Value {
    let strip = |one: &mut Value| drop(one.as_object_mut().unwrap().remove("location"));
    for key in ["args", "secrets", "ssh", "targets"] {
        value[key].as_array_mut().into_iter().flatten().for_each(strip);
    }
    value.as_object_mut().unwrap().retain(|key, value| key != "sources" && !value.is_null());
    value
}

#[test]
fn an_outline_and_the_targets_read_as_those_of_a_dockerfile() -> Result<()> {
    let (ours, theirs) = (Build::yaml(OURS), Build::dockerfile(THEIRS));
    for build in [&ours, &theirs] {
        let text = answer(build, "outline")?;
        assert!(text.starts_with("TARGET:      app\nDESCRIPTION: what is run\n"), "{text}");
    }
    let set = |build: &Build| build.clone().arg("JOBS", "7").target("app");
    for call in ["outline", "targets"] {
        assert_eq!(answer(&ours, call)?, answer(&theirs, call)?, "{call}");
        assert_eq!(answer(&set(&ours), call)?, answer(&set(&theirs), call)?, "{call} with options");
        let [ours, theirs] = [&ours, &theirs].map(|build| without_places(json_of(build, call).unwrap()));
        assert_eq!(ours, theirs, "{call}");
    }
    Ok(())
}

#[test]
fn an_outline_tells_the_axes_and_where_everything_stands() -> Result<()> {
    let text = "# syntax=varve/frontend:dev
axes:
  os: {description: the distribution, values: [bookworm, trixie]}
  device: [cpu, cuda]
  unread: [a, b]
stages:
  app:
    from: \"nowhere/${{ os }}\"
    steps:
      - run: make ${{ device }}
        mounts: [{cache: /ccache, id: build-cache}]
      - {run: fetch, mounts: [{secret: licence}], if: device == \"cuda\"}
targets:
  app: {platforms: [linux/amd64, linux/arm64], tags: \"app:${{ os }}\"}
  other: {stage: app}
default: app
";
    let build = Build::yaml(text);
    let outline = json_of(&build, "outline")?;
    let args: Vec<(&str, &str, &Value)> = outline["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arg| {
            let text = |key: &str| arg[key].as_str().unwrap_or_default();
            (text("name"), text("description"), &arg["location"]["ranges"][0]["start"]["line"])
        })
        .collect();
    let expect = [
        ("os", "the distribution (one of bookworm, trixie)", &json!(3)),
        ("device", "one of cpu, cuda", &json!(4)),
    ];
    assert_eq!(args, expect);
    assert_eq!(outline["secrets"][0]["name"], "licence");
    assert_eq!(outline["cache"][0]["ID"], "build-cache");
    assert_eq!(outline["cache"][0]["location"]["ranges"][0]["start"]["line"], 11);
    // If the value of an axis is selected, the outline leaves out what only other values need.
    assert_eq!(json_of(&build.clone().arg("device", "cpu"), "outline")?["secrets"], Value::Null);
    let targets = json_of(&build.arg("os", "trixie"), "targets")?;
    let targets = without_places(targets);
    let expect = json!([
        {"name": "app", "default": true, "base": "nowhere/trixie", "platform": "linux/amd64,linux/arm64"},
        {"name": "other", "base": "nowhere/trixie"},
    ]);
    assert_eq!(targets["targets"], expect);
    Ok(())
}

#[test]
fn every_question_has_an_answer_for_people_and_for_programs() -> Result<()> {
    // The base is in the image store of the builder alone.
    let build =
        Build::yaml(OURS).arg("BUILDKIT_DOCKERFILE_CHECK", "skip=text-in-shell").arg("VARVE_LOCK_LOCAL", "1");
    let build = build.clone().with("image.lock", answer(&build, "lock")?);
    let listed = json_of(&build, "subrequests.describe")?;
    let text = answer(&build, "subrequests.describe")?;
    let names: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names.len(), 14, "{names:?}");
    for name in names {
        let name = name.trim_start_matches("frontend.");
        assert!(text.lines().any(|line| line.starts_with(&format!("{name} "))), "{text}");
        assert!(!answer(&build, name)?.is_empty(), "{name}");
        assert!(!json_of(&build, name)?.is_null(), "{name}");
    }
    // One subrequest has two names.
    assert_eq!(answer(&build, "check")?, answer(&build, "lint")?);
    assert_eq!(
        json_of(&build, "schema")?["$schema"].as_str().map(|text| text.starts_with("http")),
        Some(true)
    );
    Ok(())
}

#[test]
fn the_graph_is_the_one_that_a_build_runs() -> Result<()> {
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: \"varve.test/debian:12\", steps: [{run: echo \"<a>\" > /a}, {dir: /b}]}}\n";
    let build = Build::yaml(text);
    let graph = json_of(&build, "convertllb")?;
    let built = build.run(Engine::get()?)?.success()?;
    let operations = graph["def"].as_object().unwrap();
    assert_eq!(operations.len(), 4, "{graph:#}");
    for (digest, operation) in operations {
        let is_result = operation.as_object().unwrap().keys().eq(["inputs"]);
        assert_ne!(built.vertices.iter().any(|vertex| vertex.digest == *digest), is_result, "{operation:#}");
        assert!(graph["metadata"][digest]["caps"].is_object(), "{graph:#}");
    }
    let text = answer(&build, "convertllb")?;
    assert!(text.starts_with("1 source docker-image://varve.test/debian:12@sha256:"), "{text}");
    assert!(text.contains("\n2 exec /bin/sh -e -c \"echo \\\"<a>\\\" > /a\""), "{text}");
    Ok(())
}

#[test]
fn the_plan_is_what_a_build_does() -> Result<()> {
    let text = "# syntax=varve/frontend:dev
axes: {device: [cpu, cuda]}
stages:
  tools:
    from: \"varve.test/debian:12\"
    platform: build
    steps: [{run: echo tool > /tool}]
  app:
    from: \"varve.test/debian:12\"
    env: {LANG: C}
    steps:
      - run: |
          echo one
          echo two
        mounts: [{cache: /c, id: plan}, {secret: token, required: false}]
      - {run: nvcc, if: device == \"cuda\"}
      - layers: {a: [{run: echo a > /a}], b: [{copy: tool /b, from: tools}]}
";
    let build = Build::yaml(text);
    let plan = json_of(&build, "plan")?;
    let shown = answer(&build, "plan")?;
    let built = build.run(Engine::get()?)?.success()?;
    let app = &plan["plans"][0]["stages"][1];
    let pinned = app["from"]["pinned"].as_str().unwrap();
    assert!(pinned.starts_with("varve.test/debian:12@sha256:"), "{pinned}");
    let mut steps: Vec<&Value> = app["steps"].as_array().unwrap().iter().collect();
    let layers = steps.last().unwrap()["layers"].as_array().unwrap();
    steps.extend(layers.iter().flat_map(|layer| layer["steps"].as_array().unwrap()));
    // Every step is a vertex of the build, with the same digest and the same name in the progress.
    let mut seen = 0;
    for step in steps.iter().filter(|step| step["number"].is_number()) {
        let name = format!("[app {}/{}] {}", step["number"], app["vertices"], step["name"].as_str().unwrap());
        let found = built.vertices.iter().find(|vertex| step["digest"] == *vertex.digest);
        assert_eq!(found.map(|vertex| vertex.name.as_str()), Some(name.as_str()), "{plan:#}");
        assert!(
            shown.contains(&format!(
                "{}/{} {}",
                step["number"],
                app["vertices"],
                step["name"].as_str().unwrap()
            )),
            "{shown}"
        );
        seen += 1;
    }
    assert_eq!(seen, 4, "{plan:#}");
    assert_eq!(plan["plans"][0]["left-out"][0]["condition"], "device == \"cuda\"");
    Ok(())
}

#[test]
fn an_unknown_question_builds_nothing() -> Result<()> {
    let engine = Engine::get()?;
    let text = "# syntax=varve/frontend:dev\nstages: {app: {from: \"varve.test/debian:12\", steps: [{run: echo built}]}}\n";
    let asked = Build::yaml(text).flag("--no-cache").call(engine, "nonsense")?;
    assert_ne!(asked.code, 0);
    assert!(asked.stderr.contains("unsupported request frontend.nonsense"), "{}", asked.stderr);
    assert!(!asked.stderr.contains("run echo built"), "{}", asked.stderr);
    Ok(())
}
