//! Stages of Dockerfiles as base images, against a fake daemon.

use std::collections::BTreeMap;

use buildkit_gateway::{Call, FakeBridge, Outcome, Solve, SolveInput, Status};
use buildkit_llb::{Argv, Definition, Exec, Graph, ImageSource, Metadata, Platform, dump, json};

use crate::played;

const BUILD_FILE: &str = r#"
args: {version: "1"}
stages:
  old:
    from: {dockerfile: docker/Dockerfile, target: base, args: {VERSION: "v${{ version }}"}}
  app:
    from: old
    steps:
      - exec: [make]
"#;
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux",
    "config":{"Env":["PATH=/bin","A=1"],"User":"app","WorkingDir":"/srv","OnBuild":["RUN x"]},"history":[{"created_by":"RUN old"}]}"#;

/// The definition that the Dockerfile frontend returns.
fn theirs() -> Definition {
    let mut graph = Graph::new();
    let platform = Platform::new("linux", "amd64");
    let image = graph.add(ImageSource::new("debian:12".parse().unwrap(), platform.clone()));
    let step = graph.add(Exec::new(platform, graph.root(image), Argv::new("old", [""; 0])));
    graph.describe(step, Metadata::named("[base 2/2] RUN old"));
    graph.definition(graph.root(step), &[])
}

fn fake() -> FakeBridge {
    let metadata = BTreeMap::from([("containerimage.config".to_owned(), CONFIG.as_bytes().to_vec())]);
    FakeBridge::new().with_file("local://dockerfile", "image.yaml", BUILD_FILE).with_frontend(
        "dockerfile.v0",
        theirs(),
        metadata,
    )
}

fn build(fake: &FakeBridge, opts: &[(&str, &str)]) -> Result<Outcome, Status> {
    played::build(fake, &played::session(opts))
}

fn asked(fake: &FakeBridge) -> Vec<(BTreeMap<String, String>, Vec<String>)> {
    let input = |call| match call {
        Call::Solve(solve) => Some(solve.input),
        _ => None,
    };
    let frontend = |input| match input {
        SolveInput::Frontend { opts, inputs, .. } => Some((opts, inputs.into_keys().collect())),
        SolveInput::Definition(_) => None,
    };
    fake.calls().into_iter().filter_map(input).filter_map(frontend).collect()
}

#[test]
fn its_operations_are_part_of_the_graph_and_its_configuration_is_inherited() {
    let fake = fake();
    let outcome = build(&fake, &[("build-arg:version", "2"), ("target", "app")]).unwrap();
    let (opts, inputs) = asked(&fake).into_iter().next().unwrap();
    assert_eq!(inputs, [""; 0]);
    let expect = [
        ("build-arg:VERSION", "v2"),
        ("dockerfilekey", "context"),
        ("filename", "docker/Dockerfile"),
        ("platform", "linux/amd64"),
        ("target", "base"),
    ];
    let opts: Vec<(&str, &str)> = opts.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(opts, expect);

    let definition = fake.definitions().pop().unwrap();
    for bytes in &theirs().def[..2] {
        assert!(definition.def.contains(bytes), "their operations, byte for byte");
    }
    assert!(dump(&definition).contains("[base 2/2] RUN old"), "{}", dump(&definition));
    let config: serde_json::Value =
        serde_json::from_slice(&outcome.metadata["containerimage.config"]).unwrap();
    assert_eq!(config["config"]["Env"], serde_json::json!(["PATH=/bin", "A=1"]));
    assert_eq!((&config["config"]["User"], &config["config"]["WorkingDir"]), (&"app".into(), &"/srv".into()));
    assert_eq!(config["history"][0]["created_by"], "RUN old");
    assert_eq!(config["config"]["OnBuild"], serde_json::Value::Null);
    let warnings = fake.warnings();
    let warning = warnings.iter().find(|warning| warning.short.starts_with("on-build")).unwrap();
    assert!(warning.short.contains("`docker/Dockerfile` has ONBUILD triggers"), "{}", warning.short);
}

#[test]
fn its_steps_have_the_limits_of_all() {
    let fake = fake();
    build(&fake, &[("memory", "1000")]).unwrap();
    let mut solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(json(&definition)),
        _ => None,
    });
    let graph = solves.next_back().unwrap();
    let known = graph["metadata"].as_object().unwrap().values();
    let limited: Vec<_> = known.filter(|known| known["linux_resources"]["memory"] == 1000).collect();
    assert_eq!(limited.len(), 2, "{graph:#}");
    assert!(limited.iter().any(|known| known["description"]["llb.customname"] == "[base 2/2] RUN old"));
}

#[test]
fn no_cache_is_that_of_the_stage() {
    let no_cache = |value: &str| {
        let fake = fake();
        build(&fake, &[("no-cache", value)]).unwrap();
        asked(&fake)[0].0.get("no-cache").cloned()
    };
    assert_eq!(no_cache("old"), Some(String::new()));
    assert_eq!(no_cache(""), Some(String::new()));
    assert_eq!(no_cache("app"), None);
}

#[test]
fn each_platform_has_its_own() {
    let fake = fake();
    build(&fake, &[("platform", "linux/amd64,linux/arm64")]).unwrap();
    let platforms: Vec<String> = asked(&fake).iter().map(|(opts, _)| opts["platform"].clone()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
}

#[test]
fn a_dockerfile_that_cannot_be_built_is_reported_where_it_is_named() {
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", BUILD_FILE);
    let status = build(&fake, &[]).unwrap_err();
    assert_eq!(status.message, "invalid frontend: dockerfile.v0");
    assert_eq!(status.sources()[0].ranges[0].start.line, 5);
    // A place that the Dockerfile frontend reports takes precedence.
    let own = status.sources().remove(0);
    let wrong = Status::user("unknown instruction").at(&own).at(&own);
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", BUILD_FILE).failing(
        buildkit_gateway::Rpc::Solve,
        2,
        wrong.clone(),
    );
    assert_eq!(build(&fake, &[]).unwrap_err(), wrong);
}

/// The definition that the Dockerfile frontend returns if it resolved the image to this digest.
fn found(digest: &str) -> FakeBridge {
    let mut graph = Graph::new();
    let platform = Platform::new("linux", "amd64");
    let image = graph.add(ImageSource::new(format!("debian:12@{digest}").parse().unwrap(), platform));
    let made = graph.definition(graph.root(image), &[]);
    let file = FakeBridge::new().with_file("local://dockerfile", "image.yaml", BUILD_FILE);
    file.with_frontend("dockerfile.v0", made, BTreeMap::new())
}

#[test]
fn its_images_are_those_of_the_lock() {
    let [first, second] = ["a", "b"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let outcome = build(&found(&first), &[("requestid", "frontend.lock")]).unwrap();
    let lock = String::from_utf8(outcome.metadata["result.txt"].clone()).unwrap();
    assert!(lock.ends_with(&format!("version: 1\nimages:\n  \"debian:12\": {first}\n")), "{lock}");

    let lock = format!("{lock}  \"alone\": {second}\n  \"acme/app:1\":\n    \"linux/amd64\": {second}\n");
    let locked = |digest: &str| found(digest).with_file("local://dockerfile", "image.lock", lock.as_str());
    let frozen = ("build-arg:VARVE_FROZEN", "1");
    let held = locked(&first);
    build(&held, &[frozen, ("context:acme/app:1", "local:app")]).unwrap();
    let contexts: Vec<(String, String)> =
        asked(&held)[0].0.clone().into_iter().filter(|(name, _)| name.starts_with("context:")).collect();
    let pinned = format!("docker-image://docker.io/library/debian:12@{first}");
    let expect = [("context:acme/app:1", "local:app"), ("context:debian:12", &pinned)];
    assert_eq!(contexts, expect.map(|(name, value)| (name.to_owned(), value.to_owned())));

    // The Dockerfile frontend resolved the image to a digest that the lock does not have.
    let status = build(&locked(&second), &[frozen]).unwrap_err();
    let message = "image.lock has no entry for the image `debian:12` for linux/amd64";
    assert!(status.message.contains(message), "{}", status.message);
    // The lock does not apply to an image that the client replaced.
    let stands_in = ("context:debian:13", "docker-image://debian:12");
    build(&locked(&second), &[frozen, stands_in]).unwrap();
}
