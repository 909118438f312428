//! Owners by name: the names are looked up in the accounts of the stage, by a program that fails if they are not there.

use buildkit_gateway::{Call, FakeBridge, Solve, SolveInput, Status};
use buildkit_llb::json;
use serde_json::Value;

use crate::played;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"User":"app"}}"#;

fn built(steps: &str, opts: &[(&str, &str)]) -> Result<Vec<Value>, Status> {
    let text = format!("stages: {{app: {{from: \"debian:12\", steps: [{steps}]}}}}\n");
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text).with_image_for_all(
        "docker.io/library/debian:12",
        None,
        CONFIG,
    );
    played::build(&fake, &played::session(opts))?;
    let mut solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(json(&definition)),
        _ => None,
    });
    let graph = solves.next_back().unwrap();
    Ok(graph["def"].as_object().unwrap().values().cloned().collect())
}

/// The words of the lookup, and the paths that it reads. Empty if there is none.
fn lookup(steps: &str) -> (Vec<String>, Vec<String>) {
    let ops = built(steps, &[("source", "varve/frontend:dev")]).unwrap();
    let texts = |value: &Value| {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let words = ops.iter().flat_map(|op| texts(&op["exec"]["meta"]["args"])).collect();
    let actions = ops.iter().flat_map(|op| op["file"]["actions"].as_array().into_iter().flatten());
    let paths =
        actions.filter_map(|action| action["copy"]["src"].as_str()).filter(|path| path.starts_with("/etc"));
    (words, paths.map(str::to_owned).collect())
}

#[test]
fn each_owner_by_name_is_looked_up_before_its_step() {
    let check = |step: &str, owner: &str, files: &[&str]| {
        let (words, paths) = lookup(step);
        assert_eq!(words, ["/varve-rootfs", "owner", "/rootfs", "/accounts", owner], "{step}");
        assert_eq!(paths, files, "{step}");
    };
    check("{copy: /usr, from: \"debian:12\", to: /a, owner: web}", "web", &["/etc/passwd"]);
    check(
        "{copy: /usr, from: \"debian:12\", to: /a, owner: \"web:staff\"}",
        "web:staff",
        &["/etc/passwd", "/etc/group"],
    );
    check("{copy: /usr, from: \"debian:12\", to: /a, owner: \"7:staff\"}", "7:staff", &["/etc/group"]);
    check("{file: /a, content: b, owner: web}", "web", &["/etc/passwd"]);
    check("{dir: /a, owner: web, mode: \"0700\"}", "web", &["/etc/passwd"]);
    check("{symlink: /a, to: b, owner: web}", "web", &["/etc/passwd"]);
    check("{download: \"https://example.com/a\", to: /a, owner: web}", "web", &["/etc/passwd"]);
    check("{git: \"https://example.com/a.git\", ref: main, to: /a, owner: web}", "web", &["/etc/passwd"]);
    // The user of the base image.
    check("{workdir: /a}", "app", &["/etc/passwd"]);
}

#[test]
fn the_step_takes_the_accounts_from_the_lookup() {
    let ops = built("{user: \"web:staff\"}, {workdir: /a}", &[("source", "varve/frontend:dev")]).unwrap();
    let mut dirs = ops.iter().filter(|op| op["file"]["actions"][0]["mkdir"]["path"] == "/a");
    let op = dirs.next_back().unwrap();
    let owner = &op["file"]["actions"][0]["mkdir"]["owner"];
    let (user, group) = (&owner["user"]["byName"], &owner["group"]["byName"]);
    assert_eq!((&user["name"], &group["name"]), (&"web".into(), &"staff".into()), "{op:#}");
    assert_eq!(user["input"], group["input"]);
    // The base is the first input.
    assert_eq!((user["input"].as_str(), op["inputs"].as_array().unwrap().len()), (Some("1"), 2), "{op:#}");
}

#[test]
fn numbers_and_root_are_not_looked_up() {
    for owner in ["1000", "1000:1000", "root", "\"root:root\"", "\"0:7\""] {
        let step = format!("{{file: /a, content: b, owner: {owner}}}");
        assert_eq!(lookup(&step), (Vec::new(), Vec::new()), "{owner}");
        assert!(built(&step, &[]).is_ok(), "{owner}");
    }
    assert_eq!(lookup("{user: \"1000\"}, {workdir: /a}"), (Vec::new(), Vec::new()));
}

#[test]
fn without_the_image_of_the_frontend_a_name_is_an_error_at_its_step() {
    let error = built("{file: /a, content: b, owner: web}", &[]).unwrap_err().message;
    let expect = "image.yaml:1:43: the image of this frontend is needed to look up the owner `web`, and it is not known";
    assert!(error.contains(expect), "{error}");
}
