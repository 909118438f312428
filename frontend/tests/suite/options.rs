//! Options of a build against a fake daemon: how they change the graph and the result.

use std::collections::BTreeMap;

use buildkit_gateway::{AttestationKind, Call, Capabilities, FakeBridge, Outcome, Solve, SolveInput, Status};
use buildkit_llb::{Definition, dump};
use serde_json::Value;

use crate::played;

const IMAGE: &str = "docker.io/library/debian:12";
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","created":"2020-01-01T00:00:00Z",
    "history":[{"created":"2020-01-01T00:00:00Z","created_by":"base"},{"created_by":"dateless"}]}"#;
const SCANNER: &str = "docker.io/library/scanner:1";
const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";
const BUILD_FILE: &str = r#"
args: {SOURCE_DATE_EPOCH: ""}
stages:
  tools: {from: "debian:12", steps: [{run: make tools, mounts: [{cache: /ccache/}, {cache: /b, id: named}]}]}
  app:
    from: "debian:12"
    workdir: /srv
    steps:
      - {file: /etc/motd, content: "${{ SOURCE_DATE_EPOCH }}"}
      - {dir: /var/app, mode: "0700"}
      - {symlink: /motd, to: /etc/motd}
      - copy: a.txt /
      - {copy: /made, from: tools, to: /, link: true}
      - layers: {one: [{run: one}], two: [{run: two}]}
    image: {cmd: [x], annotations: {a.b: inner, arch: "${{ platform.arch }}"}}
  last: {from: app, image: {annotations: {c: last}}}
targets:
  published: {stage: last}
  other: {stage: app}
default: published
"#;

/// The outcome of a build, and the last definition that it solved.
fn build(opts: &[(&str, &str)]) -> (Result<Outcome, Status>, Definition) {
    let (outcome, mut definitions) = solved(opts);
    (outcome, definitions.pop().unwrap_or_default())
}

fn fake() -> FakeBridge {
    FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_file("local://context", "a.txt", "a")
        .with_image_for_all(IMAGE, None, CONFIG)
        .with_image_for_all(SCANNER, Some(DIGEST), r#"{"config":{"Entrypoint":["/scan"],"Env":["A=b"]}}"#)
}

fn solved(opts: &[(&str, &str)]) -> (Result<Outcome, Status>, Vec<Definition>) {
    let fake = fake();
    let outcome = played::build(&fake, &played::session(opts));
    (outcome, fake.definitions())
}

fn metadata(opts: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    build(opts).0.unwrap().metadata
}

fn text(metadata: &BTreeMap<String, Vec<u8>>, key: &str) -> Option<String> {
    metadata.get(key).map(|value| String::from_utf8(value.clone()).unwrap())
}

fn json(metadata: &BTreeMap<String, Vec<u8>>, key: &str) -> Value {
    serde_json::from_slice(&metadata[key]).unwrap()
}

#[test]
fn the_epoch_dates_the_image_its_history_and_the_files_that_steps_make() {
    let metadata = metadata(&[("build-arg:SOURCE_DATE_EPOCH", "1234567890")]);
    let config = json(&metadata, "containerimage.config");
    let date = "2009-02-13T23:31:30Z";
    assert_eq!(config["created"], date);
    let history = config["history"].as_array().unwrap();
    // The history of the base image keeps its times, also entries without a time.
    let base = &json(&metadata, "containerimage.base.config")["history"];
    assert_eq!(&history[..2], base.as_array().unwrap().as_slice());
    assert!(history.len() > 8 && history[2..].iter().all(|entry| entry["created"] == date), "{history:#?}");
    assert_eq!(text(&metadata, "source.date.epoch").as_deref(), Some("1234567890"));

    let shown = dump(&build(&[("build-arg:SOURCE_DATE_EPOCH", "1234567890")]).1);
    // The working directory; the file, the folder and their parents; the link. Copies keep the times of their sources.
    assert_eq!(shown.matches("1234567890000000000").count(), 6, "{shown}");
    assert!(!dump(&build(&[]).1).contains("1234567890"));
    let several = [("build-arg:SOURCE_DATE_EPOCH", "7"), ("platform", "linux/amd64,linux/arm64")];
    let metadata = self::metadata(&several);
    assert_eq!(text(&metadata, "source.date.epoch/linux/arm64").as_deref(), Some("7"));
    assert!(metadata.contains_key("containerimage.base.config/linux/amd64"));
}

#[test]
fn without_an_epoch_nothing_is_dated() {
    for opts in [&[][..], &[("build-arg:SOURCE_DATE_EPOCH", "")]] {
        let metadata = metadata(opts);
        let config = json(&metadata, "containerimage.config");
        assert_eq!(config.get("created"), None);
        assert!(
            config["history"].as_array().unwrap()[2..].iter().all(|entry| entry.get("created").is_none())
        );
        assert_eq!(text(&metadata, "source.date.epoch"), None);
    }
    let (outcome, _) = build(&[("build-arg:SOURCE_DATE_EPOCH", "yesterday")]);
    assert!(outcome.unwrap_err().message.starts_with("SOURCE_DATE_EPOCH is `yesterday`, expected"));
}

#[test]
fn a_family_that_declares_a_reserved_argument_gets_it() {
    let written = |opts: &[(&str, &str)]| {
        let operations = build(opts).1.def;
        operations.iter().any(|operation| operation.windows(10).any(|part| part == b"1234567890"))
    };
    assert!(written(&[("build-arg:SOURCE_DATE_EPOCH", "1234567890")]));
    assert!(!written(&[]));
}

#[test]
fn annotations_of_a_stage_and_of_those_below_it_are_for_the_exporter() {
    let metadata = metadata(&[]);
    assert_eq!(text(&metadata, "annotation-manifest.a.b").as_deref(), Some("inner"));
    assert_eq!(text(&metadata, "annotation-manifest.c").as_deref(), Some("last"));
    let metadata = self::metadata(&[("platform", "linux/amd64,linux/arm64")]);
    assert_eq!(text(&metadata, "annotation-manifest.c").as_deref(), Some("last"));
    assert_eq!(text(&metadata, "annotation-manifest[linux/arm64].arch").as_deref(), Some("arm64"));
    assert_eq!(text(&metadata, "annotation-manifest.arch"), None);
}

/// The names of the operations that ignore the cache.
fn run_anyway(no_cache: Option<&str>) -> Vec<String> {
    names(&no_cache.map(|stages| ("no-cache", stages)).into_iter().collect::<Vec<_>>())
}

fn names(opts: &[(&str, &str)]) -> Vec<String> {
    let (outcome, definition) = build(opts);
    outcome.unwrap();
    let ignoring = definition.metadata.values().filter(|metadata| metadata.ignore_cache);
    let mut names: Vec<String> = ignoring
        .map(|metadata| metadata.description.get("llb.customname").cloned().unwrap_or_default())
        .collect();
    names.sort();
    names
}

#[test]
fn no_cache_is_for_the_named_stages_and_nothing_else() {
    assert_eq!(run_anyway(None), [""; 0]);
    assert_eq!(run_anyway(Some("tools")), ["[tools 2/2] run make tools"]);
    let app = run_anyway(Some("APP"));
    assert!(app.iter().all(|name| name.starts_with("[app")), "{app:?}");
    // Each step, each of the layers, their differences, and the merge.
    for part in
        ["workdir", "file", "dir", "symlink", "copy a.txt", "] link copy", "run one", "layer two", "layers"]
    {
        assert!(app.iter().any(|name| name.contains(part)), "{part}: {app:?}");
    }
    let both = run_anyway(Some("tools,app"));
    assert_eq!(both.len(), app.len() + 1);
    assert_eq!(run_anyway(Some("")), both);
    assert_eq!(run_anyway(Some("nothing")), [""; 0]);
}

#[test]
fn the_name_of_a_target_means_the_stage_that_is_its_result() {
    let of_other = |no_cache: &str| names(&[("target", "other"), ("no-cache", no_cache)]);
    assert_eq!(of_other("other"), run_anyway(Some("app")));
    assert_eq!(of_other("published"), [""; 0]);
}

#[test]
fn a_misspelled_stage_in_an_option_is_a_warning() {
    let check = |name: &str, value: &str, expect: &[&str]| {
        let fake = fake();
        played::build(&fake, &played::session(&[(name, value)])).unwrap();
        let found = fake.warnings().into_iter().map(|warning| warning.short);
        let found: Vec<String> = found.filter(|short| short.contains("unknown-stage")).collect();
        let expect: Vec<String> = expect
            .iter()
            .map(|option| {
                format!("unknown-stage: `{option}` names `tolos`, which is no stage and no target: did you mean `tools`? (line 17)")
            })
            .collect();
        assert_eq!(found, expect, "{name} {value}");
    };
    check("no-cache", "app,tolos", &["--no-cache-filter"]);
    check("no-cache", "TOOLS,elsewhere", &[]);
    check("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "tolos", &["BUILDKIT_SBOM_SCAN_STAGE"]);
    check("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "true", &[]);
    check("context:tolos", "docker-image://scratch", &["--build-context"]);
    check("context:tolos::linux/amd64", "docker-image://scratch", &["--build-context"]);
    check("context:tools", "docker-image://scratch", &[]);
    check("context:nothing-near", "docker-image://scratch", &[]);
}

#[test]
fn caches_are_called_as_those_of_a_dockerfile() {
    let check = |opts: &[(&str, &str)], expect: [&str; 2]| {
        let shown = dump(&build(opts).1);
        for name in expect {
            assert!(shown.contains(&format!(" id={name}\n")), "{name}: {shown}");
        }
    };
    check(&[], ["//ccache", "/named"]);
    check(&[("build-arg:BUILDKIT_CACHE_MOUNT_NS", "mine")], ["mine//ccache", "mine/named"]);
}

#[test]
fn a_bill_of_materials_of_more_than_the_image() {
    let sbom = ("attest:sbom", "generator=scanner:1,DEPTH=2");
    let attestations = |opts: &[(&str, &str)]| build(opts).0.unwrap().attestations;
    // The daemon itself scans the image. Without a scanner there is no scan.
    assert_eq!(attestations(&[sbom]), BTreeMap::new());
    let stage = ("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "TOOLS");
    assert_eq!(attestations(&[stage]), BTreeMap::new());
    let context = ("build-arg:BUILDKIT_SBOM_SCAN_CONTEXT", "true");
    let (outcome, definitions) = solved(&[sbom, stage, context, ("platform", "linux/amd64,linux/arm64")]);
    let attestations = outcome.unwrap().attestations;
    assert_eq!(attestations.keys().collect::<Vec<_>>(), ["linux/amd64", "linux/arm64"]);
    let one = &attestations["linux/arm64"][0];
    assert_eq!(
        (one.kind, one.predicate_type.as_str()),
        (AttestationKind::Bundle, "https://spdx.dev/Document")
    );
    assert!(one.content.is_some());
    let scans: Vec<String> = definitions.iter().map(dump).filter(|shown| shown.contains("/scan")).collect();
    assert_eq!(scans.len(), 2);
    for part in [
        DIGEST,
        "A=b",
        "BUILDKIT_SCAN_DEPTH=2",
        "BUILDKIT_SCAN_SOURCE_EXTRAS=/run/src/extras/",
        "/run/src/core/sbom",
        "/run/src/extras/sbom-tools",
        "/run/src/extras/sbom-context",
        "/run/out",
    ] {
        assert!(scans[0].contains(part), "{part}: {}", scans[0]);
    }
    assert!(!scans[0].contains("sbom-app"));
    let (outcome, _) = solved(&[("attest:sbom", "generator=nothing:1"), stage]);
    assert!(outcome.is_err());
}

#[test]
fn limits_are_for_every_step_and_change_no_operation() {
    let opts = [
        ("memory", "1073741824"),
        ("memswap", "-1"),
        ("cpushares", "512"),
        ("cpuperiod", "100000"),
        ("cpuquota", "50000"),
        ("cpusetcpus", "0-3"),
        ("cpusetmems", "0"),
    ];
    let fake = fake();
    played::build(&fake, &played::session(&opts)).unwrap();
    let last = fake.calls().into_iter().rev().find_map(|call| match call {
        Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(definition),
        _ => None,
    });
    let graph = buildkit_llb::json(&last.unwrap());
    let expect = serde_json::json!({
        "memory": 1_073_741_824, "memorySwap": -1, "cpuShares": 512, "cpuPeriod": 100_000, "cpuQuota": 50_000,
        "cpusetCpus": "0-3", "cpusetMems": "0",
    });
    let (mut steps, mut others) = (0, 0);
    for (digest, operation) in graph["def"].as_object().unwrap() {
        let known = &graph["metadata"][digest];
        let is_step = operation.get("exec").is_some();
        *(if is_step { &mut steps } else { &mut others }) += 1;
        assert_eq!(known["caps"]["exec.meta.linux.resources"] == true, is_step, "{operation:#}");
        assert_eq!(known.get("linux_resources"), is_step.then_some(&expect), "{operation:#}");
    }
    assert!(steps > 1 && others > 1, "{steps} and {others}");
    assert_eq!(fake.definitions().last().unwrap().def, build(&[]).1.def);
}

#[test]
fn limits_that_the_daemon_would_not_carry_out_are_a_warning() {
    let warnings = |minor, opts: &[_]| -> Vec<String> {
        let fake = fake().with_capabilities(Capabilities::of_buildkit(minor));
        played::build(&fake, &played::session(opts)).unwrap();
        let warnings = fake.calls().into_iter().filter_map(|call| match call {
            Call::Warn(warning) => Some(warning.short),
            _ => None,
        });
        warnings.collect()
    };
    let expect = "varve ignores the limits of memory and processors (--resource): they require BuildKit 0.31 or later (exec.meta.linux.resources)";
    assert_eq!(warnings(30, &[("cpuquota", "5")]), [expect]);
    assert_eq!(warnings(30, &[]), [""; 0]);
    assert_eq!(warnings(31, &[("cpuquota", "5")]), [""; 0]);
}
