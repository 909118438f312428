//! What came of a build: exit code, words, and the vertices that BuildKit told of.

use std::process::Output;

use anyhow::{Result, bail};
use serde_json::Value;

/// The end of a build, good or bad.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The command, as one would type it.
    pub command: String,
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// What was said to people on standard error: the progress events are taken out.
    pub stderr: String,
    /// Every vertex once, in the order of first mention, in its last state.
    pub vertices: Vec<Vertex>,
    /// What the steps printed, in order.
    pub logs: String,
    /// The warnings of the frontend.
    pub warnings: Vec<Warning>,
}

/// One step of BuildKit's graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vertex {
    /// Its content's digest.
    pub digest: String,
    /// Its name, as shown to people.
    pub name: String,
    /// Digests of what it needs.
    pub inputs: Vec<String>,
    /// Whether its result was there already.
    pub cached: bool,
    /// Whether it was looked at in this build at all.
    pub started: bool,
    /// Whether it came to an end.
    pub completed: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// One warning, with the lines it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warning {
    /// In one line.
    pub short: String,
    /// More lines.
    pub detail: Vec<String>,
    /// Where to read on.
    pub url: String,
    /// The file it is about.
    pub file: String,
    /// First and last line of each place, from 1.
    pub lines: Vec<(u64, u64)>,
}

impl Outcome {
    /// Reads what a build left.
    pub fn of(command: &str, output: &Output) -> Outcome {
        let mut outcome = Outcome {
            command: command.to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            ..Outcome::default()
        };
        let words = String::from_utf8_lossy(&output.stderr);
        let mut rest = &*words;
        while !rest.is_empty() {
            if let Some((event, length)) = event(rest) {
                outcome.take(&event);
                rest = rest[length..].trim_start_matches('\n');
            } else {
                let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
                outcome.stderr.extend([line, "\n"]);
                rest = below;
            }
        }
        outcome
    }

    /// Itself if the build succeeded, else an error with the build's words.
    pub fn success(self) -> Result<Outcome> {
        if self.code != 0 {
            bail!("`{}` failed (exit code {}):\n{}{}", self.command, self.code, self.logs, self.stderr);
        }
        Ok(self)
    }

    /// The build's words if it failed, else an error.
    pub fn failure(self) -> Result<String> {
        if self.code == 0 {
            bail!("`{}` succeeded, a failure was expected", self.command);
        }
        Ok(self.stderr)
    }

    /// The vertices whose name contains a text.
    pub fn named(&self, part: &str) -> Vec<&Vertex> {
        self.vertices.iter().filter(|vertex| vertex.name.contains(part)).collect()
    }

    /// The names of the steps that did work: neither cached, nor a base image, nor the own ones of the frontend and of caches and exporters.
    pub fn worked(&self) -> Vec<&str> {
        let did = |vertex: &&Vertex| vertex.started && !vertex.cached;
        let is_step = |name: &&str| {
            let begins = ["[internal]", "exporting", "importing", "resolve image config", "docker-image://"];
            !begins.iter().any(|begin| name.starts_with(begin))
                && !name.to_ascii_uppercase().contains("] FROM ")
        };
        self.vertices.iter().filter(did).map(|vertex| vertex.name.as_str()).filter(is_step).collect()
    }

    fn take(&mut self, event: &Value) {
        for vertex in list(event, "vertexes") {
            self.take_vertex(vertex);
        }
        for log in list(event, "logs") {
            self.logs.push_str(&decoded(&log["data"]));
        }
        for warning in list(event, "warnings") {
            self.warnings.push(Warning {
                short: decoded(&warning["short"]),
                detail: list(warning, "detail").iter().map(decoded).collect(),
                url: text(warning, "url"),
                file: text(&warning["sourceInfo"], "filename"),
                lines: list(warning, "range")
                    .iter()
                    .map(|range| (line(range, "start"), line(range, "end")))
                    .collect(),
            });
        }
    }

    fn take_vertex(&mut self, event: &Value) {
        let digest = text(event, "digest");
        let at = self.vertices.iter().position(|vertex| vertex.digest == digest).unwrap_or_else(|| {
            self.vertices.push(Vertex { digest, ..Vertex::default() });
            self.vertices.len() - 1
        });
        let vertex = &mut self.vertices[at];
        vertex.name = text(event, "name");
        if let Some(inputs) = event["inputs"].as_array() {
            vertex.inputs = inputs.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        vertex.cached |= event["cached"] == Value::Bool(true);
        vertex.started |= event["started"].is_string();
        vertex.completed |= event["completed"].is_string();
        vertex.error = Some(text(event, "error")).filter(|error| !error.is_empty()).or(vertex.error.take());
    }
}

/// The event that a text begins with, and its length: on one line or, from buildx before 0.14, on several.
fn event(text: &str) -> Option<(Value, usize)> {
    if !text.starts_with('{') {
        return None;
    }
    let mut events = serde_json::Deserializer::from_str(text).into_iter();
    let event = events.next()?.ok()?;
    Some((event, events.byte_offset()))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn line(range: &Value, end: &str) -> u64 {
    range[end]["line"].as_u64().unwrap_or_default()
}

/// Go writes byte strings in JSON as base64.
fn decoded(value: &Value) -> String {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in value.as_str().unwrap_or_default().bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_is_told_of_several_times() {
        let mut outcome = Outcome::default();
        for event in [
            r#"{"vertexes":[{"digest":"d","name":"[1/1] RUN x","inputs":["b"]}]}"#,
            r#"{"vertexes":[{"digest":"d","name":"[1/1] RUN x","started":"t"}],"logs":[{"vertex":"d","data":"aGkKIQ=="}]}"#,
            r#"{"vertexes":[{"digest":"d","name":"[1/1] RUN x","started":"t","completed":"t","error":"bad"}]}"#,
        ] {
            outcome.take(&serde_json::from_str(event).unwrap());
        }
        assert_eq!(outcome.vertices.len(), 1);
        let vertex = &outcome.vertices[0];
        assert!(vertex.started && vertex.completed && !vertex.cached);
        assert_eq!(vertex.inputs, ["b"]);
        assert_eq!(vertex.error.as_deref(), Some("bad"));
        assert_eq!(outcome.logs, "hi\n!");
        assert_eq!(outcome.worked(), ["[1/1] RUN x"]);
    }

    #[test]
    fn events_are_told_from_words() {
        let stderr = b"first\n{\"vertexes\": []}\n{\n  \"vertexes\": [\n    {\"digest\": \"d\"}\n  ]\n}\n{no event\nlast";
        let output = Output { status: Default::default(), stdout: Vec::new(), stderr: stderr.to_vec() };
        let outcome = Outcome::of("build", &output);
        assert_eq!((outcome.vertices.len(), outcome.stderr.as_str()), (1, "first\n{no event\nlast\n"));
    }

    #[test]
    fn warnings_keep_their_lines() {
        let mut outcome = Outcome::default();
        let event = r#"{"warnings":[{"vertex":"d","level":1,"short":"aGk=","detail":["eA=="],"url":"u",
            "sourceInfo":{"filename":"image.yaml"},"range":[{"start":{"line":3},"end":{"line":4}}]}]}"#;
        outcome.take(&serde_json::from_str(event).unwrap());
        let expected = Warning {
            short: "hi".into(),
            detail: vec!["x".into()],
            url: "u".into(),
            file: "image.yaml".into(),
            lines: vec![(3, 4)],
        };
        assert_eq!(outcome.warnings, [expected]);
    }
}
