//! The table of JSON keys in `docs/tools.md`: it has the keys of the real output of each command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::FAMILY;
use crate::folder::Folder;

type Keys = BTreeSet<String>;

/// The rows of the table: for each command, its keys and the keys of the items of its lists. `None` if a cell has a link instead.
fn table() -> BTreeMap<String, [Option<Keys>; 2]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tools.md");
    let document = fs::read_to_string(path).unwrap();
    let rows = document.lines().skip_while(|line| !line.starts_with("| command | keys |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [command, keys, items] = cells.as_slice() else { panic!("{line}") };
        (command.trim_matches('`').to_owned(), [words(keys), words(items)])
    });
    rows.collect()
}

/// The words in backquotes, without those in parentheses, which are values and not keys.
fn words(cell: &str) -> Option<Keys> {
    if cell.contains("](") || cell.starts_with("as ") || cell.starts_with("the names") {
        return None;
    }
    let mut depth = 0;
    let plain: String = cell
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        })
        .collect();
    let cell = plain.replace("of `skipped`", "").replace("`lock --check`", "");
    Some(cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

fn keys(value: &Value) -> Keys {
    value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

fn items(value: &Value) -> Keys {
    let lists = value.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
    lists.flatten().flat_map(keys).collect()
}

#[test]
fn the_table_has_the_keys_of_the_output_of_each_command() {
    let pinned = "FROM debian:12\n";
    let digest = format!("sha256:{}", "b".repeat(64));
    let lock = format!("version: 1\nimages:\n  \"x:1\": {digest}\n");
    // Few of 4^12 combinations are supported, and the last axes decide it, so the matrix is a sample.
    let axes: Vec<String> = ('a'..='l').map(|axis| format!("{axis}: [p, q, r, s]")).collect();
    let all: Vec<String> = ('a'..='l').map(|axis| format!("${{{{ {axis} }}}}")).collect();
    let rule = "support: [{require: h == \"p\" and i == \"p\" and j == \"p\" and k == \"p\" and l == \"p\", because: x}]";
    let large =
        format!("axes: {{{}}}\n{rule}\nstages: {{s: {{from: \"x:{}\"}}}}\n", axes.join(", "), all.join("-"));
    let related = "stages:\n  app: {from: x}\n  app: {from: y}\n";
    // A target with an output, caches and needs, and one with a tag that the image decides.
    let carried = "stages:
  s: {from: debian, steps: [{run: x, mounts: [{secret: a}, {ssh: default}], security: insecure}]}
  f: {from: scratch, facts: {v: {file: /v}}}
targets:
  s: {output: {type: local, dest: out}, cache: {from: acme/cache, to: acme/cache}}
  f: {tags: \"acme/app:${{ facts.v }}\", test-on: {runner: gpu, run: test}}
";
    let built = crate::promote::built("r.test/app", "d", &["linux/amd64"], &["r.test/app:1"]).to_string();
    let files = [
        ("image.yaml", FAMILY),
        ("carried.yaml", carried),
        ("wrong.yaml", "stages: {app: {form: x}}\n"),
        ("related.yaml", related),
        ("large.yaml", &large),
        ("locked.yaml", FAMILY),
        ("locked.lock", &lock),
        ("texts/Dockerfile", pinned),
        ("project/go.mod", "module a\n"),
        ("changing/image.yaml", "stages: {app: {from: a}}\n"),
        ("built.json", &built),
        ("a/f", "1"),
        ("b/f", "2"),
    ];
    let folder = Folder::new("json-table", &files);
    fs::write(folder.0.join("texts/bytes"), [0xff]).unwrap();
    for words in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "first"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(words);
        assert!(git.current_dir(folder.0.join("changing")).status().unwrap().success());
    }
    fs::write(folder.0.join("changing/image.yaml"), "stages: {app: {from: b}, new: {from: a}}\n").unwrap();
    let image = format!("debian:12@{digest}");
    let moved = lock.replace("bbbb", "cccc");
    folder.program("docker", &format!("cat << 'END'\n{moved}END\n"));
    let pin = ["pin", "--check", "--add", "--image", &image, "texts"];
    let runs: &[(&str, &[&[&str]])] = &[
        ("any, with mistakes", &[&["plan", "wrong.yaml"], &["plan", "related.yaml"]]),
        ("check", &[&["check"]]),
        ("matrix", &[&["matrix", "--keys"], &["matrix", "large.yaml"], &["matrix", "carried.yaml"]]),
        (
            "matrix --format gha",
            &[&["matrix", "--format", "gha"], &["matrix", "--keys", "--format", "gha", "carried.yaml"]],
        ),
        ("lock --check", &[&["lock", "--check"], &["lock", "--check", "locked.yaml"]]),
        ("fmt", &[&["fmt", "--check"]]),
        ("lock --update", &[&["lock", "--update", "x:1", "locked.yaml"]]),
        ("pin", &[&pin]),
        ("plan", &[&["plan"]]),
        ("explain", &[&["explain"]]),
        ("graph", &[&["graph"]]),
        ("diff", &[&["diff", "device=cuda12"], &["diff", "platform=linux/arm64"]]),
        ("bake", &[&["bake"]]),
        ("ci", &[&["ci", "carried.yaml"]]),
        ("dockerfile", &[&["dockerfile"]]),
        ("key", &[&["key"]]),
        ("changed", &[&["changed", "changing/image.yaml", "--since", "HEAD"]]),
        ("report", &[&["report"]]),
        ("jobs", &[&["jobs", "--cache", "example.com/cache"]]),
        ("changed --published", &[&["changed", "--published", "changing/image.yaml"]]),
        ("promote", &[&["promote", "--metadata", "built.json"]]),
        ("stale", &[&["stale", "changing/image.yaml"]]),
        ("llb", &[&["llb"]]),
        ("init", &[&["init", "project"]]),
        ("compare", &[&["compare", "a", "b"]]),
        ("schema", &[&["schema"]]),
    ];
    let table = table();
    let named: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
    assert_eq!(table.keys().map(String::as_str).collect::<BTreeSet<_>>(), named.into_iter().collect());
    for &(name, commands) in runs {
        let (mut top, mut inner) = (Keys::new(), Keys::new());
        for command in commands {
            let format = ["--format", "json"];
            let more: &[&str] = if command.contains(&"gha") { &[] } else { &format };
            let (_, out, err) = folder.varve(&[command, more].concat());
            let json: Value =
                serde_json::from_str(&out).unwrap_or_else(|_| panic!("{command:?}: {out}{err}"));
            top.extend(keys(&json));
            inner.extend(items(&json));
        }
        let [expect_top, expect_inner] = &table[name];
        if let Some(expect) = expect_top {
            assert_eq!(&top, expect, "the keys of {name}");
        }
        if let Some(expect) = expect_inner {
            assert_eq!(&inner, expect, "the keys of the items of {name}");
        }
        assert!(!top.iter().chain(&inner).any(|key| key.contains('_')), "{name}: keys have hyphens");
    }
}

/// A command that writes JSON has a row.
#[test]
fn every_command_with_json_is_in_the_table() {
    let folder = Folder::new("json-commands", &[("image.yaml", FAMILY)]);
    let help = folder.varve(&["-h"]).1;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let commands: Vec<&str> = commands.filter(|command| *command != "help").collect();
    assert!(commands.len() > 10, "{help}");
    let table = table();
    for command in commands {
        let json = folder.varve(&[command, "--help"]).1.contains("json");
        let row = table.keys().any(|row| row.split(' ').next() == Some(command));
        assert_eq!(json, row, "{command}");
    }
}
