//! Runs a build and prints its progress line by line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use super::say;
use crate::Outcome;
use crate::command::shown;

/// Runs a build with `--progress=rawjson` and prints its vertices and their output.
pub(super) fn watch(screen: &mut impl Write, command: &mut Command) -> Result<Outcome> {
    let text = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{text}`"))?;
    let mut all = Vec::new();
    let mut shown = Shown::default();
    let mut stream = BufReader::new(child.stderr.take().context("no standard error")?);
    loop {
        let from = all.len();
        if stream.read_until(b'\n', &mut all)? == 0 {
            break;
        }
        if let Ok(event) = serde_json::from_slice::<Value>(&all[from..]) {
            shown.event(screen, &event, &words(&all[from..]));
        }
    }
    let status = child.wait()?;
    Ok(Outcome::of(&text, &Output { status, stdout: Vec::new(), stderr: all }))
}

/// The output of steps in one line of progress.
fn words(line: &[u8]) -> String {
    Outcome::of("", &Output { status: ExitStatus::default(), stdout: Vec::new(), stderr: line.to_vec() }).logs
}

/// The vertices that were printed so far.
#[derive(Default)]
struct Shown {
    /// By digest: the number of the vertex, and when it started.
    vertices: BTreeMap<String, (usize, Instant)>,
    /// By digest: the vertices that have ended.
    ended: Vec<String>,
}

impl Shown {
    fn event(&mut self, screen: &mut impl Write, event: &Value, words: &str) {
        for vertex in event["vertexes"].as_array().into_iter().flatten() {
            self.vertex(screen, vertex);
        }
        let digest = event["logs"][0]["vertex"].as_str().unwrap_or_default();
        let number = self.vertices.get(digest).map_or(0, |(number, _)| *number);
        for line in words.lines().filter(|line| !line.trim().is_empty()) {
            say(screen, &format!("   #{number:<2}   | {}", line.rsplit('\r').next().unwrap_or(line)));
        }
    }

    fn vertex(&mut self, screen: &mut impl Write, vertex: &Value) {
        let digest = vertex["digest"].as_str().unwrap_or_default();
        let name = vertex["name"].as_str().unwrap_or_default();
        if !vertex["started"].is_string() || self.ended.iter().any(|ended| ended == digest) {
            return;
        }
        let next = self.vertices.len() + 1;
        let is_new = !self.vertices.contains_key(digest);
        let (number, start) = *self.vertices.entry(digest.to_owned()).or_insert((next, Instant::now()));
        let is_cached = vertex["cached"] == Value::Bool(true);
        if is_new {
            let cached = if is_cached { "cached: " } else { "" };
            say(screen, &format!("   #{number:<2} {cached}{name}"));
        }
        if vertex["completed"].is_string() {
            self.ended.push(digest.to_owned());
            let time = start.elapsed().as_secs_f64();
            // A short step needs no second line.
            if time >= 0.5 {
                say(screen, &format!("   #{number:<2} done in {time:.1} s"));
            }
        }
    }
}
