//! What a workflow may contain, strictly: every key, action, input and expression that is not listed is a problem.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{expressions, fields, items, parse};

/// The largest file from which a workflow starts, in bytes.
const MAX_BYTES: usize = 500_000;

/// The most jobs of a matrix.
const MAX_JOBS: usize = 256;

const TOP: &[&str] = &["name", "on", "permissions", "concurrency", "jobs"];
const EVENTS: &[&str] = &["push", "workflow_dispatch"];
const JOB: &[&str] = &["name", "needs", "if", "runs-on", "permissions", "defaults", "strategy", "steps"];
const STEP: &[&str] = &["name", "if", "uses", "with", "env", "run"];

/// The actions with the inputs of their `action.yml`.
const ACTIONS: &[(&str, &[&str])] = &[
    ("actions/checkout", &["persist-credentials"]),
    ("actions/download-artifact", &["name", "pattern", "path", "merge-multiple"]),
    ("actions/upload-artifact", &["name", "path", "overwrite", "if-no-files-found"]),
    ("crazy-max/ghaction-github-runtime", &[]),
    ("docker/login-action", &["registry", "username", "password"]),
    ("docker/setup-buildx-action", &["buildkitd-flags"]),
    ("docker/setup-qemu-action", &[]),
];

/// Returns what is wrong with a workflow.
pub fn problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let workflow = match parse(text) {
        Ok(workflow) => workflow,
        Err(error) => return vec![error.to_string()],
    };
    if text.len() > MAX_BYTES {
        problems.push(format!("the file has {} bytes", text.len()));
    }
    known("the workflow", &workflow, TOP, &mut problems);
    known("on", &workflow["on"], EVENTS, &mut problems);
    let mut before: Vec<&str> = Vec::new();
    for (id, job) in fields(&workflow["jobs"]) {
        self::job(id, job, &before, &mut problems);
        before.push(id);
    }
    if before.is_empty() {
        problems.push("no jobs".to_owned());
    }
    // A comment names the release of a commit.
    for line in text.lines().filter(|line| line.contains("uses: ")) {
        let pin = line.split_once('@').map(|(_, pin)| pin.trim()).unwrap_or_default();
        let (commit, comment) = pin.split_once(' ').unwrap_or((pin, ""));
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_commit || !comment.starts_with("# v") {
            problems.push(format!("not pinned: {}", line.trim()));
        }
    }
    problems
}

fn known(what: &str, map: &Value, keys: &[&str], problems: &mut Vec<String>) {
    let unknown = fields(map).filter(|(key, _)| !keys.contains(&key.as_str()));
    problems.extend(unknown.map(|(key, _)| format!("{what} has the unknown key {key}")));
}

fn job(id: &str, job: &Value, before: &[&str], problems: &mut Vec<String>) {
    let is_id = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    if !is_id(id) {
        problems.push(format!("{id} is no id of a job"));
    }
    known(id, job, JOB, problems);
    for need in items(&job["needs"]) {
        if !before.contains(&need.as_str().unwrap_or_default()) {
            problems.push(format!("{id} needs {need}, which is no job before it"));
        }
    }
    let entries: Vec<&Value> = items(&job["strategy"]["matrix"]["include"]).collect();
    if !job["strategy"].is_null() && !(1..=MAX_JOBS).contains(&entries.len()) {
        problems.push(format!("the matrix of {id} has {} jobs", entries.len()));
    }
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["id"].as_str()).collect();
    if ids.len() != entries.len() {
        problems.push(format!("the jobs of the matrix of {id} need ids that differ"));
    }
    let keys: BTreeSet<&str> =
        entries.iter().flat_map(|entry| fields(entry)).map(|(key, _)| key.as_str()).collect();
    if job["runs-on"].as_str().is_none_or(str::is_empty) {
        problems.push(format!("{id} has no runner"));
    }
    let mut texts = Vec::new();
    all_texts(job, &mut texts);
    for expression in texts.iter().flat_map(|text| expressions(text)) {
        if !is_known(expression, &keys, before) {
            problems.push(format!("{id} has the unknown expression {expression}"));
        }
    }
    for step in items(&job["steps"]) {
        self::step(id, step, problems);
    }
    if items(&job["steps"]).next().is_none() {
        problems.push(format!("{id} has no steps"));
    }
}

/// Whether an expression is one of those that workflows of varve have.
fn is_known(expression: &str, keys: &BTreeSet<&str>, before: &[&str]) -> bool {
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    match expression.split_once('.') {
        Some(("matrix", key)) => keys.contains(key),
        Some(("secrets", name)) => is_name(name),
        _ => match expression {
            "'${{'" | "github.actor" | "runner.temp" | "!cancelled()" => true,
            "join(matrix.runner, ' ')" => keys.contains("runner"),
            "!cancelled() && needs.plan.result == 'success'" => before.contains(&"plan"),
            _ => false,
        },
    }
}

fn all_texts<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| all_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|value| all_texts(value, texts)),
        _ => {}
    }
}

fn step(id: &str, step: &Value, problems: &mut Vec<String>) {
    known(&format!("a step of {id}"), step, STEP, problems);
    match (step["uses"].as_str(), step["run"].as_str()) {
        (Some(action), None) => {
            let name = action.split('@').next().unwrap_or_default();
            match ACTIONS.iter().find(|(known, _)| *known == name) {
                Some((_, inputs)) => known(name, &step["with"], inputs, problems),
                None => problems.push(format!("{id} uses the unknown action {action}")),
            }
        }
        (None, Some(script)) => {
            // A value of a family that becomes a part of a script could be a command.
            if script.contains("${{") {
                problems.push(format!("a script of {id} has an expression"));
            }
            let checked = Command::new("bash").args(["-n", "-c", script]).output();
            let error = match &checked {
                Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
                Err(error) => error.to_string(),
            };
            if !error.is_empty() {
                problems.push(format!("a script of {id}: {error}"));
            }
        }
        _ => problems.push(format!("a step of {id} has to have one of `uses` and `run`")),
    }
}
