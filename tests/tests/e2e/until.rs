//! `VARVE_UNTIL` and `varve jobs`: what a job exported is found by a build on an empty engine.

use serde_json::Value;
use varve_tests::command::output_of;
use varve_tests::{Build, Engine, Outcome, Pair, stamp};

/// Two tools and an app on a base of the registry, with a variant that shares all but the last step.
const FAMILY: &str = r#"# syntax=varve/frontend:dev
axes: {device: [cpu, cuda]}
args: {image: {required: true}}
stages:
  tool:
    params: {of: {required: true}}
    from: ${{ image }}
    steps: [{run: "echo STAMP tool ${{ of }} > /tool-${{ of }}"}]
  app:
    from: ${{ image }}
    steps:
      - copy: a.txt /
      - run: echo STAMP setup > /setup
      - layers:
          left: [{run: echo STAMP left > /left}]
          right: [{run: echo STAMP right > /right}]
      - {copy: /tool-a /, from: {stage: tool, with: {of: a}}}
      - run: echo STAMP ${{ device }} > /device
targets: {app: {platforms: [linux/amd64]}}
"#;

fn family(pair: &Pair) -> Build {
    let stamp = stamp();
    Build::yaml(&FAMILY.replace("STAMP", &stamp)).with("a.txt", stamp.as_str()).arg("image", &pair.base)
}

/// Runs a job for some steps, and then the build on the other engine. Returns the steps that each ran.
fn ran(pair: &Pair, until: &str, more: &[&str]) -> (Vec<String>, Vec<String>) {
    let family = family(pair);
    let cache = format!("type=registry,ref={}/{}", pair.registry.address, stamp());
    let job = family.clone().arg("VARVE_UNTIL", until).flag(&format!("--cache-to={cache},mode=max"));
    let job = more.iter().fold(job, |job, flag| job.flag(flag));
    let job = job.output(pair.first, "type=cacheonly").unwrap().success().unwrap();
    let member = family.flag(&format!("--cache-from={cache}")).arg("device", "cuda");
    let member = member.run(&pair.second).unwrap().success().unwrap();
    let worked = |outcome: &Outcome| outcome.worked().into_iter().map(str::to_owned).collect();
    (worked(&job), worked(&member))
}

#[test]
fn a_build_on_an_empty_engine_finds_the_steps_of_a_job() {
    let Some(pair) = Pair::new().unwrap() else { return };
    if pair.first.is_before("27.4").unwrap() {
        return;
    }
    let runs = |steps: &[String]| -> Vec<String> {
        let runs = steps.iter().filter_map(|name| name.split_once("] run echo "));
        runs.filter_map(|(_, script)| script.split(' ').nth(1).map(str::to_owned)).collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.join(" ")
    };
    // One step of one stage.
    let (job, member) = ran(&pair, "tool(of=a):2", &[]);
    assert_eq!((sorted(runs(&job)), job.len()), ("tool".to_owned(), 1), "{job:?}");
    assert_eq!(sorted(runs(&member)), "cuda left right setup", "{member:?}");
    // Steps of two stages, two of them in layers, with provenance and without: with it, every entry of the result has to be listed.
    for more in [&["--provenance=false"][..], &["--provenance=mode=max"]] {
        let (job, member) = ran(&pair, "tool(of=a):2,app:4,app:5", more);
        assert_eq!(sorted(runs(&job)), "left right setup tool", "{job:?}");
        assert_eq!(sorted(runs(&member)), "cuda", "{member:?}");
    }
    // The merge of the layers itself, which the build numbers.
    let (_, member) = ran(&pair, "tool(of=a):2,app:6", &[]);
    assert_eq!(sorted(runs(&member)), "cuda", "{member:?}");
    assert!(!member.iter().any(|name| name.contains("layers left right")), "{member:?}");
}

#[test]
fn the_jobs_of_a_family_leave_to_the_members_what_differs() {
    let Some(pair) = Pair::new().unwrap() else { return };
    if pair.first.is_before("27.4").unwrap() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let stamp = stamp();
    std::fs::write(folder.path().join("image.yaml"), FAMILY.replace("STAMP", &stamp)).unwrap();
    std::fs::write(folder.path().join("a.txt"), &stamp).unwrap();
    let file = folder.path().join("image.yaml").display().to_string();
    let cache = format!("--cache={}/jobs", pair.registry.address);
    let words = [
        "jobs",
        "--format=bake",
        "--start=0",
        "--runners=1",
        &cache,
        &format!("--build-arg=image={}", pair.base),
        &file,
    ];
    let answer = varve_cli::run(words, varve_cli::Colours::default());
    assert_eq!(answer.code, 0, "{}", answer.err);
    std::fs::write(folder.path().join("jobs.json"), &answer.out).unwrap();
    let bake: Value = serde_json::from_slice(&answer.out).unwrap();
    let groups: Vec<&String> = bake["group"].as_object().unwrap().keys().collect();
    assert!(groups.iter().any(|group| *group == "wave1-job1"), "{groups:?}");
    let run = |engine: &Engine, target: &str| {
        let mut command = engine.docker();
        command.current_dir(folder.path());
        command.args(["buildx", "bake", "--file=jobs.json", "--progress=rawjson", "--allow=fs=*", target]);
        if !target.starts_with("wave") {
            command.arg("--set=*.output=type=cacheonly");
        }
        Outcome::of(target, &output_of(&mut command).unwrap()).success().unwrap()
    };
    let mut jobs: Vec<&String> = groups.into_iter().filter(|group| group.starts_with("wave")).collect();
    jobs.sort();
    for job in jobs {
        run(pair.first, job);
    }
    for member in ["app-cpu", "app-cuda"] {
        let outcome = run(&pair.second, member);
        let ran: Vec<&str> = outcome.worked();
        assert!(
            ran.iter().filter(|name| name.contains("] run ")).all(|name| name.contains("echo")),
            "{ran:?}"
        );
        assert_eq!(ran.iter().filter(|name| name.contains("] run ")).count(), 1, "{ran:?}");
    }
}
