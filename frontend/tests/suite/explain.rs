//! `--call=explain`, which shows where each step of a plan comes from, against a fake daemon.

use buildkit_gateway::FakeBridge;
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::played;

const BUILD_FILE: &str = r#"axes: {device: [cpu, cuda]}
args: {jobs: "4", debug: false}
mixins:
  ccache: {mounts: [{cache: /ccache}], env: {CCACHE_MAXSIZE: 1G}}
fragments:
  user:
    params: {name: {}}
    steps: [{account: "${{ name }}"}]
stages:
  app:
    from: "debian:${{ platform.arch }}"
    env: {CCACHE_MAXSIZE: 5G}
    steps:
      - use: user
        with: {name: me}
      - for: {py: ["3.10", "3.11"]}
        do: [{run: "py ${{ py }} ${{ jobs }}", mixins: [ccache]}]
      - {run: {match: device, cases: {cpu: a, else: b}}}
      - {run: nvcc, if: device == "cuda"}
  dbg: {from: app, if: debug}
  other: {from: app}
default: app
"#;

fn ask(request: &str, opts: &[(&str, &str)]) -> (Value, String) {
    let fake = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_image_for_all("docker.io/library/debian:amd64", None, "{}");
    let opts: Vec<_> = [("requestid", request)].into_iter().chain(opts.iter().copied()).collect();
    let metadata = played::build(&fake, &played::session(&opts)).unwrap().metadata;
    let text = |key: &str| String::from_utf8(metadata[key].clone()).unwrap();
    (serde_json::from_str(&text("result.json")).unwrap(), text("result.txt"))
}

#[test]
fn why_a_build_is_as_it_is() {
    let (_, text) = ask("frontend.explain", &[]);
    let shown: Vec<&str> = text.lines().filter(|line| !line.contains("digest: sha256:")).collect();
    expect_file!["plan/explain.txt"].assert_eq(&(shown.join("\n") + "\n"));
}

#[test]
fn a_step_that_depends_on_the_distribution_shows_its_base() {
    let (json, text) = ask("frontend.explain", &[("target", "other")]);
    let account = &json["explanations"][0]["stages"][0]["steps"][1];
    assert_eq!(account["name"], "account me");
    assert_eq!(account["base"], json!({"from": "debian:amd64", "reads": {"platform": "linux/amd64"}}));
    let lines = "      depends on the distribution of debian:amd64\n        reads: platform=linux/amd64\n";
    assert!(text.contains(lines), "{text}");
}

#[test]
fn programs_get_the_same() {
    let (json, _) = ask("frontend.explain", &[("build-arg:device", "cuda")]);
    let one = &json["explanations"][0];
    assert_eq!(one["reads"], json!({"device": "cuda", "jobs": "4", "platform": "linux/amd64"}));
    let steps = one["stages"][0]["steps"].as_array().unwrap();
    let place = |line: u32| json!({"file": "image.yaml", "line": line});
    assert_eq!(steps[2]["through"], json!([{"for": "py", "value": "3.10", "place": place(16)}]));
    let expect = json!({
        "key": "env.CCACHE_MAXSIZE", "by": "mixin ccache", "place": place(4),
        "over": [{"by": "stage", "place": place(12)}],
    });
    assert_eq!(steps[2]["settings"][1], expect);
    let expect =
        json!([{"match": "device", "case": "else", "values": {"device": "cuda"}, "place": place(18)}]);
    assert_eq!(steps[4]["choices"], expect);
    assert_eq!(one["left-out"], Value::Null, "{one:#}");
    // The explanation has the same steps as the plan.
    let (plan, _) = ask("frontend.plan", &[("build-arg:device", "cuda")]);
    let of = |steps: &Value| -> Vec<(Value, Value, Value)> {
        let steps = steps.as_array().unwrap().iter();
        steps.map(|step| (step["number"].clone(), step["name"].clone(), step["digest"].clone())).collect()
    };
    assert_eq!(of(&one["stages"][0]["steps"]), of(&plan["plans"][0]["stages"][0]["steps"]));
}
