//! The outcome of a build: exit code, output, and the vertices in its progress.

use std::collections::BTreeMap;
use std::process::Output;

use anyhow::{Result, bail};
use serde_json::Value;

/// The outcome of a build that succeeded or failed.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The command, as it is typed in a shell.
    pub command: String,
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error without the progress events.
    pub stderr: String,
    /// The last state of each vertex, in the order in which they first appeared.
    pub vertices: Vec<Vertex>,
    /// The output of the steps, in order.
    pub logs: String,
    /// The output of each step, by the digest of its vertex.
    pub outputs: BTreeMap<String, String>,
    /// The warnings of the frontend.
    pub warnings: Vec<Warning>,
}

/// One step of BuildKit's graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vertex {
    /// The digest of its operation.
    pub digest: String,
    /// Its name in the progress.
    pub name: String,
    /// The digests of its inputs.
    pub inputs: Vec<String>,
    /// Whether its result came from the cache.
    pub cached: bool,
    /// Whether it was started in this build.
    pub started: bool,
    /// Whether it was completed.
    pub completed: bool,
    /// Its error, if it failed.
    pub error: Option<String>,
}

/// A warning with its place in the build file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warning {
    /// The message in one line.
    pub short: String,
    /// Further lines of the message.
    pub detail: Vec<String>,
    /// The address of its documentation.
    pub url: String,
    /// The file of the place.
    pub file: String,
    /// The first and the last line of each place. The first line of a file is 1.
    pub lines: Vec<(u64, u64)>,
}

impl Outcome {
    /// Parses the output of a build.
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

    /// Returns itself if the build succeeded, else an error with the output of the build.
    pub fn success(self) -> Result<Outcome> {
        if self.code != 0 {
            bail!("`{}` failed (exit code {}):\n{}{}", self.command, self.code, self.logs, self.stderr);
        }
        Ok(self)
    }

    /// Returns the output of a build that failed, else an error.
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

    /// The names of the steps that ran. Cached steps, base images, and the vertices of frontends, caches and exporters are left out.
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
            let output = decoded(&log["data"]);
            self.logs.push_str(&output);
            self.outputs.entry(text(log, "vertex")).or_default().push_str(&output);
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

/// The event at the start of a text, and its length. It is on one line, or on several lines for buildx before 0.14.
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

/// Decodes base64, which Go writes for byte strings in JSON.
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
    fn a_vertex_is_reported_several_times() {
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
        assert_eq!(outcome.outputs["d"], outcome.logs);
        assert_eq!(outcome.worked(), ["[1/1] RUN x"]);
    }

    #[test]
    fn events_are_distinguished_from_words() {
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
