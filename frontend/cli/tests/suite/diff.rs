//! `varve diff`: which steps two variants share, and which differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

const FAMILY: &str = r#"axes:
  os: {trixie: {image: "debian:13"}, noble: {image: "ubuntu:24.04"}}
  device: [cpu, cuda]
stages:
  tools: {from: scratch, steps: [{file: /tool}]}
  app:
    from: "${{ os.image }}"
    steps:
      - {run: first, if: device == "cpu"}
      - for: {one: [a, b, c]}
        do: [{run: "each ${{ one }}", if: 'one != "b" or device == "cuda"'}]
      - run: make ${{ device }}
      - copy: /tool /
        from: tools
      - {run: last, if: device == "cuda"}
    image: {labels: {device: "${{ device }}"}}
"#;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("diff-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("family.yaml"), FAMILY).unwrap();
    folder
}

/// Runs `varve diff`. Returns the exit code, standard output and standard error.
fn diff(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let all = ["diff", "--file", "family.yaml"].iter().chain(arguments);
    let output = Command::new(env!("CARGO_BIN_EXE_varve")).args(all).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn steps(json: &Value, stage: usize) -> Vec<(&str, &str)> {
    let steps = json["stages"][stage]["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["is"].as_str().unwrap(), step["name"].as_str().unwrap())).collect()
}

#[test]
fn steps_side_by_side() {
    let folder = folder("steps");
    let (code, out, err) = diff(&folder, &["device=cpu", "device=cuda", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(steps(&json, 0), [("same", "file /tool")]);
    let expect = [
        ("first", "run first"),
        ("below", "run each a"),
        ("second", "run each b"),
        ("below", "run each c"),
        ("differs", "run make cpu"),
        ("below", "copy /tool of tools to /"),
        ("second", "run last"),
    ];
    assert_eq!(steps(&json, 1), expect);
    let expect = json!({"script": {"first": "make cpu", "second": "make cuda"}});
    assert_eq!(json["stages"][1]["steps"][4]["differs"], expect);
    assert_eq!(json["image"]["Labels"]["second"], json!({"device": "cuda"}));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn another_base_is_below_all_that_is_built_on_it() {
    let folder = folder("base");
    let (_, out, _) = diff(&folder, &["os=noble", "--build-arg", "device=cuda"]);
    assert!(
        out.starts_with("DIFF: default and os=noble\n\nSTAGE tools (family.yaml:5)\n  same    file /tool"),
        "{out}"
    );
    let from = "STAGE app (family.yaml:6)\n  from:\n    - image=debian:13\n    + image=ubuntu:24.04\n";
    assert!(out.contains(from), "{out}");
    assert!(out.ends_with("\nsteps: same=1 below=6 differs=0 first=0 second=0\n"), "{out}");
    let (_, out, _) = diff(&folder, &["target=tools", "target=app"]);
    assert!(out.contains("\n  second  run first"), "{out}");
    // A stage that only one variant has is marked as its steps are.
    let app = "STAGE app (family.yaml:6): second\n  from:\n    + image=debian:13\n  second  run first";
    assert!(out.contains(app) && out.contains("STAGE tools (family.yaml:5)\n"), "{out}");
    let (_, out, _) = diff(&folder, &["target=app", "target=tools"]);
    assert!(
        out.contains("STAGE app (family.yaml:6): first\n  from:\n    - image=debian:13\n  first   run first"),
        "{out}"
    );
    let (_, out, _) = diff(&folder, &["target=tools", "target=app", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&json["stages"][0]["is"], &json["stages"][1]["is"]), (&Value::Null, &json!("second")));
    assert_eq!(json["stages"][1]["from"], json!({"first": null, "second": {"image": "debian:13"}}));
    let (_, out, _) = diff(&folder, &["os=noble", "os=noble,device=cpu"]);
    assert!(out.ends_with("\nsteps: same=6 below=0 differs=0 first=0 second=0\n"), "{out}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_no_variant_is_an_error() {
    let folder = folder("wrong");
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let (found, out, err) = diff(&folder, arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(expect), "{err}");
    };
    check(&["device"], 2, "`device`: expected NAME=VALUE");
    check(&[], 2, "required arguments were not provided");
    check(&["os=a", "os=b", "os=c"], 2, "unexpected");
    check(&["device=tpu"], 1, "`device` has no value `tpu`");
    check(&["platform=linux/amd64", "--platform", "linux/arm64"], 2, "one platform");
    fs::remove_dir_all(&folder).unwrap();
}
