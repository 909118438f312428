//! `varve jobs`: what is split off from builds, into how many waves, and for which machines.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::folder::Folder;

/// Two bases with 6 variants each: `setup` and `tools` are shared by those of a base, `common` by all.
const FAMILY: &str = "\
axes: {os: [a, b], device: [c1, c2, c3, c4, c5, c6]}
stages:
  common:
    from: debian:12
    steps: [{run: make common}]
  app:
    from: example/${{ os }}:1
    steps:
      - run: make setup
      - {copy: /common /, from: common}
      - run: make tools
      - run: make ${{ device }}
targets: {app: {platforms: [linux/amd64], tags: [\"x/app:${{ os }}-${{ device }}\"]}}
";

/// Few machines, which build at once: then what runs several times costs most.
const MACHINES: [&str; 4] = ["--start", "0", "--runners", "2"];

fn jobs(text: &str, words: &[&str]) -> Value {
    let folder =
        Folder::new(&format!("jobs-{}", line_of(text, words)), &[("image.yaml", text), ("log", LOG)]);
    let all: Vec<&str> = [&["jobs", "--cache", "example.com/c", "--format", "json"], words].concat();
    let (code, out, err) = folder.varve(&all);
    assert_eq!(code, 0, "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

/// A name for the folder of a test: a number that depends on what it does.
fn line_of(text: &str, words: &[&str]) -> u64 {
    let bytes = text.bytes().chain(words.iter().flat_map(|word| word.bytes()));
    bytes.fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

/// What a job builds: `target device until`.
fn builds(jobs: &Value) -> Vec<Vec<String>> {
    let waves = jobs["waves"].as_array().unwrap().iter();
    let jobs = |wave: &Value| {
        let builds =
            wave["jobs"].as_array().unwrap().iter().flat_map(|job| job["builds"].as_array().unwrap());
        builds
            .map(|build| {
                format!(
                    "{} {}",
                    build["axes"]["os"].as_str().unwrap_or("-"),
                    build["until"].as_str().unwrap()
                )
            })
            .collect()
    };
    waves.map(jobs).collect()
}

/// Every process of the family takes a minute.
const LOG: &str = r#"{"vertexes":[
{"digest":"1","name":"[common 2/2] run make common","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:10:00Z"},
{"digest":"2","name":"[app 2/5] run make setup","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:10:00Z"},
{"digest":"3","name":"[app 4/5] run make tools","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:00.1Z"}]}
"#;

#[test]
fn what_variants_share_runs_once() {
    let found = jobs(FAMILY, &MACHINES);
    assert_eq!(found["processes"], json!({"sum": 48, "distinct": 17, "with-jobs": 17, "measured": 0}));
    let all = builds(&found).concat();
    assert!(
        all.iter().any(|build| build.starts_with("a ")) && all.iter().any(|build| build.starts_with("b ")),
        "{all:?}"
    );
    let cost = |key: &str, of: &str| found[key][of].as_f64().unwrap();
    assert!(cost("with-jobs", "seconds") < cost("without-jobs", "seconds"), "{found:#}");
    assert!(cost("with-jobs", "wall") <= cost("without-jobs", "wall"), "{found:#}");
    // Every member reads what it has a part in: the caches of its base and of what is common.
    let exported: BTreeSet<&str> = found["waves"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|wave| wave["jobs"].as_array().unwrap())
        .flat_map(|job| job["builds"].as_array().unwrap())
        .map(|build| build["cache-to"].as_str().unwrap())
        .collect();
    for member in found["members"].as_array().unwrap() {
        let read = member["cache-from"].as_array().unwrap();
        assert!(
            !read.is_empty() && read.iter().all(|cache| exported.contains(cache.as_str().unwrap())),
            "{member}"
        );
    }
    // The same family has the same jobs with the same names of caches.
    assert_eq!(jobs(FAMILY, &MACHINES), found);
}

#[test]
fn jobs_that_cost_more_than_they_save_are_none() {
    let found = jobs(FAMILY, &["--start", "100000", "--runners", "2"]);
    assert_eq!((&found["waves"], &found["with-jobs"]), (&json!([]), &found["without-jobs"]));
    // With enough machines, the jobs would only add to the time until all is done.
    let found = jobs(FAMILY, &["--runners", "1000", "--parallel", "1000"]);
    assert_eq!(found["waves"], json!([]));
    let alone = jobs("stages: {app: {from: debian, steps: [{run: make}]}}\n", &[]);
    assert_eq!((&alone["waves"], &alone["members"][0]["cache-from"]), (&json!([]), &json!([])));
}

#[test]
fn a_quick_step_is_not_worth_its_transfer() {
    // `tools` takes a tenth of a second and has 50 MB. What it is built from takes ten minutes.
    let found = jobs(FAMILY, &[&MACHINES[..], &["--timings", "log"]].concat());
    let all = builds(&found).concat();
    assert!(all.iter().any(|build| build.contains("app:2")), "{all:?}");
    assert!(!all.iter().any(|build| build.contains("app:4")), "{all:?}");
    assert_eq!(found["processes"]["measured"], 5);
}

#[test]
fn steps_stay_with_those_that_have_their_cache_mount() {
    let mount = "mounts: [{cache: /ccache}]";
    let tools = format!("      - run: make tools\n        {mount}\n");
    let text = FAMILY.replace("      - run: make tools\n", &tools);
    // No other step has the mount, so its step is split off.
    assert_eq!(jobs(&text, &MACHINES)["processes"]["with-jobs"], 17);
    // The last step, which differs, has it too: then both stay in one build.
    let last = "      - run: make ${{ device }}\n";
    let text = text.replace(last, &format!("{last}        {mount}\n"));
    let found = jobs(&text, &MACHINES);
    assert_eq!(found["processes"]["with-jobs"], 17 - 2 + 12);
    assert!(!builds(&found).concat().iter().any(|build| build.contains("app:4")), "{found:#}");
    // What pip downloads is no reason.
    let pip = FAMILY
        .replace("run: make tools", "pip: [tool]")
        .replace(last, "      - pip: [\"of-${{ device }}\"]\n");
    assert_eq!(jobs(&pip, &MACHINES)["processes"]["with-jobs"], 17);
}

#[test]
fn steps_without_a_cached_result_stay() {
    let text = FAMILY.replace("      - run: make setup\n", "      - {run: make setup, no-cache: true}\n");
    let all = builds(&jobs(&text, &[&MACHINES[..], &["--parallel", "1"]].concat())).concat();
    assert!(!all.is_empty() && all.iter().all(|build| build.ends_with(" common:2")), "{all:?}");
}

#[test]
fn a_job_builds_for_one_platform() {
    let text = FAMILY.replace("[linux/amd64]", "[linux/amd64, linux/arm64]");
    let found = jobs(&text, &MACHINES);
    let waves = found["waves"].as_array().unwrap();
    let mut platforms = BTreeSet::new();
    for job in waves.iter().flat_map(|wave| wave["jobs"].as_array().unwrap()) {
        let of_job: BTreeSet<&str> = job["builds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|build| build["platform"].as_str().unwrap())
            .collect();
        assert_eq!(of_job.len(), 1, "{job:#}");
        platforms.extend(of_job);
    }
    assert_eq!(platforms.len(), 2);
}

#[test]
fn the_file_for_bake_has_the_jobs_and_the_members() {
    let folder = Folder::new("jobs-bake", &[("image.yaml", FAMILY)]);
    let (code, out, err) =
        folder.varve(&[&["jobs", "--cache", "example.com/c", "--format", "bake"], &MACHINES[..]].concat());
    assert_eq!(code, 0, "{err}");
    let file: Value = serde_json::from_str(&out).unwrap();
    let job = &file["group"]["wave1-job1"]["targets"][0];
    let target = &file["target"][job.as_str().unwrap()];
    assert_eq!((&target["output"], &target["target"]), (&json!(["type=cacheonly"]), &json!("app")));
    assert!(
        target["args"]["VARVE_UNTIL"].as_str().unwrap().contains(':') && target["tags"].is_null(),
        "{target:#}"
    );
    let export = target["cache-to"][0].as_str().unwrap();
    assert!(
        export.starts_with("type=registry,ref=example.com/c:") && export.contains(",mode=max"),
        "{export}"
    );
    let member = &file["target"]["app-a-c1"];
    assert_eq!((&member["tags"], &member["args"]["VARVE_UNTIL"]), (&json!(["x/app:a-c1"]), &Value::Null));
    assert!(!member["cache-from"].as_array().unwrap().is_empty(), "{member:#}");
    assert_eq!(file["group"]["default"]["targets"].as_array().unwrap().len(), 12);
}

#[test]
fn values_of_options_are_checked() {
    let folder = Folder::new("jobs-options", &[("image.yaml", FAMILY)]);
    let check = |words: &[&str], expect: &str| {
        let (code, _, err) = folder.varve(&[&["jobs"], words].concat());
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(expect), "{err}");
    };
    check(&[], "--cache <REF>");
    check(&["--cache", "example.com/c:main"], "leave out the tag: each job has one of its own");
    check(&["--cache", "Not A Name"], "expected a repository, such as registry.example.com/acme/cache");
    check(&["--cache", "c", "--runners", "0"], "expected a number such as 20");
    check(&["--cache", "c", "--start", "x"], "expected seconds such as 30");
    check(&["--cache", "c", "--rate", "0"], "expected megabytes such as 50");
}

#[test]
fn a_step_that_runs_every_time_in_one_variant_is_not_split_off() {
    for condition in ["device == \"c1\"", "device != \"c1\""] {
        let step = format!("      - {{run: make setup, no-cache: '${{{{ {condition} }}}}'}}\n");
        let text = FAMILY.replace("      - run: make setup\n", &step);
        let found = jobs(&text, &MACHINES).to_string();
        assert!(!found.contains("app:2"), "{condition}: {found}");
    }
}

#[test]
fn a_stage_of_the_builder_is_built_on_the_platform_that_the_command_assumes() {
    let text = "\
axes: {device: [c1, c2, c3, c4, c5, c6]}
stages:
  tools: {from: debian:12, platform: build, steps: [{run: make tools}]}
  app: {from: debian:12, steps: [{copy: /tool /, from: tools}, {run: \"make ${{ device }}\"}]}
targets: {app: {platforms: [linux/arm64, linux/amd64], tags: [\"x/app:${{ device }}\"]}}
";
    let found = jobs(text, &MACHINES);
    let builds: Vec<&Value> = found["waves"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|wave| wave["jobs"].as_array().unwrap())
        .flat_map(|job| job["builds"].as_array().unwrap())
        .filter(|build| build["until"].as_str().unwrap().contains("tools:2"))
        .collect();
    assert!(!builds.is_empty(), "{found}");
    assert!(builds.iter().all(|build| build["platform"] == "linux/amd64"), "{builds:?}");
}
