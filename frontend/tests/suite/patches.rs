//! Patches of a git repository: the graph that applies them, and where they are reported.

use buildkit_gateway::{Call, FakeBridge, Outcome, Solve, SolveInput, Status};
use buildkit_llb::json;
use serde_json::Value;

use crate::played;

const SOURCE: (&str, &str) = ("source", "varve/frontend:dev");

fn fake(steps: &str) -> FakeBridge {
    let text = format!("stages: {{app: {{from: \"debian:12\", steps: [{steps}]}}}}\n");
    FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:12",
        None,
        "{}",
    )
}

fn asked(steps: &str, opts: &[(&str, &str)]) -> Result<Outcome, Status> {
    played::build(&fake(steps), &played::session(opts))
}

/// The operations of a build.
fn built(steps: &str) -> Vec<Value> {
    let fake = fake(steps);
    played::build(&fake, &played::session(&[SOURCE])).unwrap();
    let mut solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(json(&definition)),
        _ => None,
    });
    let graph = solves.next_back().unwrap();
    graph["def"].as_object().unwrap().values().cloned().collect()
}

/// The source of the operations that starts with a text.
fn source<'o>(ops: &'o [Value], start: &str) -> &'o Value {
    let is_meant = |op: &&Value| op["source"]["identifier"].as_str().is_some_and(|id| id.starts_with(start));
    &ops.iter().find(is_meant).unwrap()["source"]
}

const APPLY: &str = "apply: [patches/1.patch, \"series/*.patch\"]";

#[test]
fn patches_are_applied_to_the_whole_repository_beside_it() {
    for step in [
        format!("{{git: \"https://a.test/b.git\", ref: v1, subdir: src, to: /b, {APPLY}}}"),
        format!(
            "{{run: make, mounts: [{{git: \"https://a.test/b.git\", ref: v1, subdir: src, to: /b, {APPLY}}}]}}"
        ),
    ] {
        let ops = built(&step);
        assert_eq!(source(&ops, "git://")["identifier"], "git://a.test/b.git#v1", "{step}");
        // Only the patches are sent.
        let sent = source(&ops, "local://context")["attrs"]["local.followpaths"].as_str().unwrap();
        assert_eq!(sent, "[\"patches/1.patch\",\"series/*.patch\"]");
        let is_exec = |op: &&Value| op["exec"]["meta"]["args"][0] == "/varve-rootfs";
        let exec = &ops.iter().find(is_exec).unwrap()["exec"];
        let words: Vec<&str> =
            exec["meta"]["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let expect = ["/varve-rootfs", "patch", "/rootfs", "/patches"];
        assert_eq!(words, expect, "{step}");
        assert_eq!(exec["network"], "NONE", "{exec:#}");
        let mounts: Vec<(&str, bool)> = exec["mounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mount| (mount["dest"].as_str().unwrap(), mount["readonly"] == true))
            .collect();
        assert!(mounts.contains(&("/rootfs", false)) && mounts.contains(&("/patches", true)), "{mounts:?}");
        let copies = ops.iter().flat_map(|op| op["file"]["actions"].as_array().into_iter().flatten());
        let copies: Vec<_> = copies.map(|action| &action["copy"]).filter(|copy| copy.is_object()).collect();
        let has = |key: &str, text: &str| copies.iter().any(|copy| copy[key] == text);
        assert!(has("dest", "/0/patches/1.patch") && has("dest", "/1/") && has("src", "/src"), "{copies:#?}");
    }
}

#[test]
fn without_the_image_of_the_frontend_patches_are_an_error_at_their_step() {
    let step = "{git: \"https://a.test/b.git\", ref: v1, to: /b, apply: a.patch}";
    let error = asked(step, &[]).unwrap_err().message;
    let expect = "image.yaml:1:43: the image of this frontend is needed to apply patches to `https://a.test/b.git`, and it is not known";
    assert!(error.contains(expect), "{error}");
}

#[test]
fn a_dockerfile_cannot_express_them() {
    let mount = "{run: a, mounts: [{git: \"https://a.test/b.git\", ref: v1, to: /b, apply: a.patch}]}";
    for (step, column) in
        [("{git: \"https://a.test/b.git\", ref: v1, to: /b, apply: a.patch}", 43), (mount, 61)]
    {
        let error = asked(step, &[("requestid", "frontend.dockerfile"), SOURCE]).unwrap_err().message;
        let expect = format!(
            "image.yaml:1:{column}: a Dockerfile cannot express patches of a git repository (`apply`)"
        );
        assert!(error.contains(&expect), "{error}");
    }
}

#[test]
fn a_pattern_that_is_not_valid_is_an_error() {
    let step = "{git: \"https://a.test/b.git\", ref: v1, to: /b, apply: \"[a.patch\"}";
    let error = asked(step, &[SOURCE]).unwrap_err().message;
    assert!(error.contains("the pattern `[a.patch` is not valid"), "{error}");
}
