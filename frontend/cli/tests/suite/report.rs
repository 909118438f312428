//! `varve report`: what variants share, what keeps them apart, and what could come later.

use serde_json::{Value, json};

use crate::folder::Folder;

/// The tool reads the axis before two steps that do not.
const FAMILY: &str = "\
axes: {device: [cpu, cuda, rocm]}
args: {level: \"2\", unused: x}
stages:
  tools:
    from: debian:12
    steps: [{run: make tools}]
  app:
    from: debian:12
    env: {DEVICE: \"${{ device }}\"}
    steps:
      - run: prepare
      - run: make ${{ device }}
      - {copy: /tools /tools/, from: tools}
      - run: make -O${{ level }} docs
      - run: make check ${{ device }}
  plain:
    from: debian:12
    steps: [{run: prepare}]
targets:
  app: {platforms: [linux/amd64, linux/arm64]}
  plain: {platforms: [linux/amd64]}
";

fn report(folder: &Folder, words: &[&str]) -> Value {
    let all: Vec<&str> = [&["report", "--format", "json"], words].concat();
    let (code, out, err) = folder.varve(&all);
    assert_eq!(code, 0, "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

/// The step with this text in its name.
fn step<'r>(report: &'r Value, list: &str, name: &str) -> &'r Value {
    let found =
        report[list].as_array().unwrap().iter().find(|step| step["step"].as_str().unwrap().contains(name));
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn processes_are_counted_in_sum_and_once() {
    let folder = Folder::new("report-counts", &[("image.yaml", FAMILY)]);
    let report = report(&folder, &[]);
    // 6 builds of `app` with 5 processes, and `plain`. Each platform has its own tools; the variable keeps all else apart.
    assert_eq!(report["processes"], json!({"sum": 31, "distinct": 2 + 24 + 1}));
    assert_eq!(step(&report, "steps", "make tools")["runs"], json!({"sum": 6, "distinct": 2}));
    let members = report["members"].as_array().unwrap();
    assert_eq!(members.len(), 7);
    let tools = &step(&report, "steps", "make tools")["operations"][0]["members"];
    let names: Vec<&Value> =
        tools.as_array().unwrap().iter().map(|at| &members[at.as_u64().unwrap() as usize]).collect();
    assert!(
        names.iter().all(|member| member["platform"] == "linux/amd64" && member["target"] == "app"),
        "{names:?}"
    );
    assert_eq!(names.len(), 3);
    let axis =
        |name: &str| report["axes"].as_array().unwrap().iter().find(|axis| axis["axis"] == name).unwrap();
    assert_eq!(axis("device")["values"], json!({"cpu": 8, "cuda": 8, "rocm": 8}));
    assert_eq!(axis("platform")["alone"], 27);
}

#[test]
fn a_variable_and_a_step_that_come_too_early_are_found() {
    let folder = Folder::new("report-moves", &[("image.yaml", FAMILY)]);
    let early = report(&folder, &[]);
    let env = step(&early, "moves", "env DEVICE");
    assert_eq!((&env["place"], &env["reads"]), (&json!("image.yaml:9"), &json!(["device"])));
    // Without the variable, the first step is one for each platform, and that of `plain` is one of them.
    assert_eq!(env["saves"], 5);

    let without = FAMILY.replace("    env: {DEVICE: \"${{ device }}\"}\n", "");
    let folder = Folder::new("report-moves-2", &[("image.yaml", &without)]);
    let early = report(&folder, &[]);
    assert_eq!(early["processes"]["distinct"], 2 + 2 + 6 + 6 + 6);
    let make = step(&early, "moves", "run make cpu");
    assert_eq!(make["behind"].as_str().unwrap().split(']').next_back().unwrap(), " run make -O2 docs");
    assert_eq!(make["saves"], 4);
    // An edit as the report says has the number of processes that the report says.
    let made = "      - run: make ${{ device }}\n";
    let docs = "      - run: make -O${{ level }} docs\n";
    let moved = without.replace(made, "").replace(docs, &format!("{docs}{made}"));
    let folder = Folder::new("report-moves-3", &[("image.yaml", &moved)]);
    let late = report(&folder, &[]);
    assert_eq!(late["processes"]["distinct"], 22 - 4);
    assert!(late["moves"].as_array().unwrap().iter().all(|found| found["saves"] == 0), "{:#}", late["moves"]);
}

#[test]
fn args_are_listed_with_what_a_change_runs_again() {
    let folder = Folder::new("report-args", &[("image.yaml", FAMILY)]);
    let report = report(&folder, &[]);
    // The step that reads the arg, and the one after it, for 6 builds.
    assert_eq!(report["args"], json!([{"arg": "level", "reads": 6, "again": 12}]));
}

#[test]
fn measured_seconds_count_what_runs() {
    let log = r#"#0 building
{"vertexes":[{"digest":"a","name":"[app-cpu linux/amd64 tools 2/2] run make tools","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:10.5Z"}]}
{"vertexes":[{"digest":"b","name":"[app 6/6] run make check cpu","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z","cached":true}]}
"#;
    let folder =
        Folder::new("report-timings", &[("image.yaml", FAMILY), ("log.json", log), ("no.json", "{}x\n")]);
    let measured = report(&folder, &["--timings", "log.json"]);
    assert_eq!(measured["seconds"], json!({"measured": 2, "sum": 63.0, "distinct": 21.0}));
    let (_, text, _) = folder.varve(&["report", "--timings", "log.json"]);
    assert!(text.contains("seconds          63        21  (2 of 27 processes were measured)\n"), "{text}");
    let (code, _, err) = folder.varve(&["report", "--timings", "no.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("no.json has no events of a build: write one with"), "{err}");
    let (code, _, err) = folder.varve(&["report", "--timings", "missing.json"]);
    assert_eq!((code, err.contains("varve cannot read missing.json")), (2, true), "{err}");
}

#[test]
fn layers_are_not_moved_into() {
    let text = "\
axes: {device: [cpu, cuda]}
stages:
  app:
    from: debian:12
    steps:
      - run: make ${{ device }}
      - layers:
          a: [{run: a}]
          b: [{run: b}]
targets: {app: {platforms: [linux/amd64]}}
";
    let folder = Folder::new("report-layers", &[("image.yaml", text)]);
    assert_eq!(report(&folder, &[])["moves"], json!([]));
}
