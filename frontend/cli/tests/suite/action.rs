//! The action of this repository (`action.yml`) and its hooks (`.pre-commit-hooks.yaml`): their shape, and what their steps do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::cli::FAMILY;
use crate::folder::Folder;

/// Reads a file of the repository.
fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let mut lines: Vec<String> = fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    node(&mut lines, &mut 0, 0)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Reads the part of YAML that the two files use: maps, lists of maps, one line of text, and literal blocks.
fn node(lines: &mut [String], at: &mut usize, depth: usize) -> Value {
    let (mut map, mut list) = (Map::new(), Vec::new());
    loop {
        while lines.get(*at).is_some_and(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            *at += 1;
        }
        let Some(line) = lines.get(*at).cloned().filter(|line| indent(line) == depth) else { break };
        if let Some(rest) = line.trim_start().strip_prefix("- ") {
            lines[*at] = format!("{}{rest}", " ".repeat(depth + 2));
            list.push(node(lines, at, depth + 2));
            continue;
        }
        let (key, text) = line.trim().split_once(':').unwrap_or_else(|| panic!("no key: {line}"));
        *at += 1;
        let value = match text.trim() {
            "" => node(lines, at, depth + 2),
            "|" => {
                let mut text = String::new();
                while let Some(line) = lines.get(*at).filter(|line| line.is_empty() || indent(line) > depth) {
                    text += line.get(depth + 2..).unwrap_or_default();
                    text.push('\n');
                    *at += 1;
                }
                json!(text.trim_end().to_owned() + "\n")
            }
            text => json!(text.trim_matches('"')),
        };
        map.insert(key.to_owned(), value);
    }
    if list.is_empty() { Value::Object(map) } else { Value::Array(list) }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

/// The rules of the syntax of actions: "Metadata syntax reference" in the documentation of GitHub Actions.
#[test]
fn the_action_has_the_shape_of_one() {
    let action = document("action.yml");
    assert_eq!(keys(&action), BTreeSet::from(["author", "description", "inputs", "name", "outputs", "runs"]));
    let mut unused = keys(&action["inputs"]);
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(!text(input, "description").is_empty(), "{name}");
        assert!(input.get("default").is_some() != (input.get("required") == Some(&json!("true"))), "{name}");
    }
    assert_eq!(
        (keys(&action["runs"]), text(&action["runs"], "using")),
        (["steps", "using"].into(), "composite")
    );
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    for step in steps {
        assert!(keys(step).is_subset(&["env", "id", "name", "run", "shell"].into()), "{step}");
        assert_eq!(text(step, "shell"), "bash");
        // An expression in a script is a part of the script, so a value could be a command.
        assert!(!text(step, "run").contains("${{"), "{step}");
        for value in step["env"].as_object().unwrap().values() {
            let (context, name) = expression(value.as_str().unwrap());
            assert!(context == "github" || unused.remove(name), "{value}");
        }
    }
    assert_eq!(unused, BTreeSet::new());
    for (name, output) in action["outputs"].as_object().unwrap() {
        assert_eq!(text(output, "value"), format!("${{{{ steps.varve.outputs.{name} }}}}"));
        assert!(text(&steps[1], "run").contains(&format!("output {name} ")), "{name}");
    }
}

/// The context and the name of `${{ inputs.file }}`.
fn expression(text: &str) -> (&str, &str) {
    let inner = text.strip_prefix("${{ ").and_then(|text| text.strip_suffix(" }}"));
    inner.and_then(|inner| inner.split_once('.')).unwrap_or_else(|| panic!("{text}"))
}

/// Runs the steps of the action as a runner does. Returns the exit code, standard output, and the outputs.
fn run(folder: &Folder, inputs: &[(&str, &str)]) -> (i32, String, BTreeMap<String, String>) {
    let action = document("action.yml");
    let given: BTreeMap<&str, &str> = inputs.iter().copied().collect();
    let written = folder.0.join("temp/outputs");
    fs::create_dir_all(folder.0.join("temp")).unwrap();
    fs::write(&written, "").unwrap();
    folder.program(
        "docker",
        "case \"$1\" in create) test \"$3\" = the/image:1 && echo 12ab ;; cp) test \"$2\" = 12ab:/varve && cp \"$VARVE\" \"$3\" ;; rm) ;; esac\n",
    );
    let (mut code, mut out) = (0, String::new());
    for step in action["runs"]["steps"].as_array().unwrap() {
        let mut shell = Command::new("bash");
        let script = format!("PATH=\"$PWD/bin:$PATH\"\n{}", text(step, "run"));
        shell.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script]).current_dir(&folder.0);
        shell.env("RUNNER_TEMP", folder.0.join("temp")).env("GITHUB_OUTPUT", &written);
        shell.env("VARVE", env!("CARGO_BIN_EXE_varve"));
        for (variable, value) in step["env"].as_object().unwrap() {
            let value = match expression(value.as_str().unwrap()) {
                ("github", "server_url") => "https://code.example.com",
                ("github", "action_repository") => "acme/varve",
                ("github", "action_ref") => "v1",
                (_, name) => {
                    given.get(name).copied().unwrap_or_else(|| text(&action["inputs"][name], "default"))
                }
            };
            shell.env(variable, value);
        }
        let output = shell.output().unwrap();
        out += &String::from_utf8(output.stdout).unwrap();
        code = output.status.code().unwrap();
        if code != 0 {
            out += &String::from_utf8_lossy(&output.stderr);
            break;
        }
    }
    let outputs = fs::read_to_string(&written).unwrap();
    let outputs = outputs.lines().map(|line| line.split_once('=').unwrap());
    (code, out, outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[test]
fn the_steps_of_the_action_give_a_workflow_what_it_needs() {
    let wrong = "stages:\n  app: {from: \"debian:12\", steps: [{run: x, from: y}]}\n";
    let files = [("image.yaml", FAMILY), ("a b/wrong $(touch x).yaml", wrong), ("src/main.c", "")];
    let folder = Folder::new("action", &files);
    let image = ("image", "the/image:1");

    let (code, out, outputs) =
        run(&folder, &[image, ("mode", "matrix"), ("args", "--build-arg=os=ubuntu\n")]);
    let matrix: Value = serde_json::from_str(&outputs["matrix"]).unwrap_or_else(|_| panic!("{code} {out}"));
    let count = matrix["include"].as_array().unwrap().len();
    assert_eq!((code, outputs["count"].clone()), (0, count.to_string()));
    assert!(count > 0 && matrix["include"][0]["axes"].to_string().contains("ubuntu"), "{matrix}");

    let (code, out, outputs) = run(&folder, &[image, ("mode", "key")]);
    assert!(
        code == 0 && serde_json::from_str::<Value>(&outputs["keys"]).unwrap()["variants"].is_array(),
        "{out}"
    );

    let file = ("file", "a b/wrong $(touch x).yaml");
    let (code, out, outputs) = run(&folder, &[image, ("mode", "check"), file, ("sarif", "out.sarif")]);
    assert_eq!((code, outputs), (1, BTreeMap::new()));
    assert!(out.starts_with("::error file=a b/wrong $(touch x).yaml,line=2,"), "{out}");
    let log: Value = serde_json::from_str(&fs::read_to_string(folder.0.join("out.sarif")).unwrap()).unwrap();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    let page = format!("https://code.example.com/acme/varve/blob/v1/docs/codes/{}.md", text(rule, "id"));
    assert_eq!(text(rule, "helpUri"), page);
    assert!(!folder.0.join("x").exists(), "a value became a command");

    // A command line that is wrong fails, with the reason, before the second run.
    let (code, out, _) =
        run(&folder, &[image, ("mode", "check"), ("sarif", "x.sarif"), ("args", "--skip=no-such")]);
    assert!(code == 2 && out.contains("no-such"), "{out}");
    let (code, out, _) = run(&folder, &[image, ("mode", "build")]);
    assert!(code == 2 && out.contains("::error::varve: the mode is build, expected check, matrix"), "{out}");
    let (code, out, _) = run(&folder, &[image, ("mode", "changed")]);
    assert!(code == 2 && out.contains("needs the input since"), "{out}");
    // An image that does not exist ends the action.
    assert_ne!(run(&folder, &[("image", "other"), ("mode", "matrix")]).0, 0);
}

#[test]
fn the_action_lists_what_a_change_touches() {
    let folder = Folder::new("action-changed", &[("image.yaml", "stages: {app: {from: a}, b: {from: c}}\n")]);
    for words in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "first"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(words);
        assert!(git.current_dir(&folder.0).status().unwrap().success());
    }
    let inputs = [("image", "the/image:1"), ("mode", "changed"), ("since", "HEAD")];
    let (code, out, outputs) = run(&folder, &inputs);
    assert_eq!((code, outputs["count"].as_str()), (0, "0"), "{out}");
    fs::write(folder.0.join("image.yaml"), "stages: {app: {from: z}, b: {from: c}}\n").unwrap();
    let (_, _, outputs) = run(&folder, &inputs);
    assert_eq!(outputs["count"], "1");
    assert!(outputs["matrix"].contains("\"target\":\"app\""), "{outputs:?}");
}

#[test]
fn every_hook_is_a_command_that_runs() {
    let lock = format!("version: 1\nimages:\n  \"debian:12\": sha256:{}\n", "b".repeat(64));
    let family = "stages: {app: {from: \"debian:12\"}}\n";
    let files = [("image.yaml", family), ("image.lock", &lock), ("ci.yml", "image: debian:12@sha256:")];
    let folder = Folder::new("hooks", &files);
    fs::write(folder.0.join("ci.yml"), format!("image: debian:12@sha256:{}\n", "a".repeat(64))).unwrap();
    let hooks = document(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().unwrap();
    let mut entries = BTreeMap::new();
    for hook in hooks {
        let known = [
            "description",
            "entry",
            "exclude",
            "files",
            "id",
            "language",
            "name",
            "pass_filenames",
            "require_serial",
            "types",
        ];
        assert!(keys(hook).is_subset(&known.into()), "{hook}");
        let (program, language) = match text(hook, "id").ends_with("-docker") {
            true => ("varve/cli:dev ", "docker_image"),
            false => ("varve ", "system"),
        };
        assert_eq!(text(hook, "language"), language);
        let words = text(hook, "entry").strip_prefix(program).unwrap_or_else(|| panic!("{hook}"));
        *entries.entry(words).or_insert(0) += 1;
        let passed: &[&str] =
            if hook.get("pass_filenames").is_some() { &[] } else { &["image.yaml", "ci.yml"] };
        let words: Vec<&str> = words.split(' ').chain(passed.iter().copied()).collect();
        let (code, _, err) = folder.varve(&words);
        assert_eq!(code, 0, "{words:?}: {err}");
    }
    assert_eq!(entries, BTreeMap::from([("check", 2), ("fmt", 2), ("lock --check", 2), ("pin", 2)]));
    // A hook that changes a file fails there.
    assert!(fs::read_to_string(folder.0.join("ci.yml")).unwrap().contains(&"b".repeat(64)));
}
