//! Measured times of operations, from the logs of builds: what `docker buildx build --progress=rawjson` writes to standard error.
//!
//! A builder names operations by digests that hold facts of the build, such as the digest of a base. So an operation is found by its name
//! in the progress, of which bake and builds for several platforms only change what comes before the name of the stage. If several logs, or
//! several variants, have an operation of the same name, its time is the mean of theirs.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use varve_spec::Timestamp;

use crate::answer::Failure;

/// Measured times and sizes, by the names of operations.
#[derive(Default)]
pub(crate) struct Timings {
    seconds: BTreeMap<String, Mean>,
    bytes: BTreeMap<String, Mean>,
}

/// The mean of what was measured so far.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> f64 {
        self.sum / f64::from(self.count)
    }
}

/// A vertex of a build.
#[derive(Default)]
struct Vertex {
    name: String,
    seconds: Option<f64>,
    /// The size of each layer that was transferred or unpacked for it.
    layers: BTreeMap<String, f64>,
}

impl Timings {
    /// Reads logs.
    ///
    /// # Errors
    /// A file cannot be read, or has no event of a build.
    pub(crate) fn read(paths: &[String]) -> Result<Self, Failure> {
        let mut timings = Self::default();
        for path in paths {
            let bytes = fs::read(path)
                .map_err(|error| Failure::File(format!("varve cannot read {path}: {error}")))?;
            timings.take(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
                let help = "write one with `docker buildx build --progress=rawjson ... 2> FILE`";
                Failure::File(format!("{path} has no events of a build: {help}"))
            })?;
        }
        Ok(timings)
    }

    /// The seconds that an operation took. `None` if it was not measured.
    pub(crate) fn seconds(&self, name: &str) -> Option<f64> {
        Some(self.seconds.get(without_bracket(name))?.value())
    }

    /// The bytes that a builder transferred for the result of an operation. `None` if it was not measured.
    pub(crate) fn bytes(&self, name: &str) -> Option<f64> {
        Some(self.bytes.get(without_bracket(name))?.value())
    }

    /// Adds a log. `None` if it has no events. Lines of other programs are left out, and so is an event that an interrupted build cut off.
    fn take(&mut self, log: &str) -> Option<()> {
        let mut vertices: BTreeMap<String, Vertex> = BTreeMap::new();
        let mut rest = log;
        while !rest.is_empty() {
            let mut events = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let event = if rest.starts_with('{') { events.next() } else { None };
            match event {
                Some(Ok(event)) => {
                    take_event(&event, &mut vertices);
                    rest = rest[events.byte_offset()..].trim_start();
                }
                _ => rest = rest.split_once('\n').map_or("", |(_, below)| below),
            }
        }
        for vertex in vertices.values() {
            for name in suffixes(&vertex.name) {
                if let Some(seconds) = vertex.seconds {
                    self.seconds.entry(name.to_owned()).or_default().add(seconds);
                }
                if !vertex.layers.is_empty() {
                    self.bytes.entry(name.to_owned()).or_default().add(vertex.layers.values().sum());
                }
            }
        }
        (!vertices.is_empty()).then_some(())
    }
}

fn take_event(event: &Value, vertices: &mut BTreeMap<String, Vertex>) {
    let list = |key: &str| event[key].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for vertex in list("vertexes") {
        let known = vertices.entry(text(&vertex["digest"])).or_default();
        known.name = text(&vertex["name"]);
        let (start, end) = (instant(&vertex["started"]), instant(&vertex["completed"]));
        let failed = vertex["error"].as_str().is_some_and(|error| !error.is_empty());
        if let (Some(start), Some(end)) = (start, end)
            && vertex["cached"] != true
            && !failed
        {
            known.seconds = Some((end - start).max(0.0));
        }
    }
    for status in list("statuses") {
        let id = text(&status["id"]);
        let layer = id.split_whitespace().find(|word| word.starts_with("sha256:"));
        if let (Some(layer), Some(total)) = (layer, status["total"].as_f64())
            && total > 0.0
        {
            let known = vertices.entry(text(&status["vertex"])).or_default();
            known.layers.insert(layer.to_owned(), total);
        }
    }
}

/// The seconds of a time such as `2026-01-02T03:04:05.678Z`.
fn instant(value: &Value) -> Option<f64> {
    let text = value.as_str()?;
    let (whole, rest) = text.split_at_checked(19)?;
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = if digits > 0 { rest.split_at(digits + 1) } else { ("", rest) };
    let seconds = Timestamp::parse(&format!("{whole}{zone}"))?.seconds() as f64;
    Some(seconds + format!("0{fraction}").parse::<f64>().unwrap_or_default())
}

/// The names that an operation can have in the progress of another build. For `[linux/amd64 app 2/3] run x` these are the same name without
/// the bracket, and `app 2/3] run x`.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    let name = without_bracket(name);
    let inside = name.find(']').filter(|_| !name.is_empty()).unwrap_or(0);
    let blanks = name[..inside].match_indices(' ').map(|(at, _)| &name[at + 1..]);
    // The part after the last blank has no stage.
    std::iter::once(name)
        .chain(blanks.filter(|rest| rest.find(' ').is_some_and(|blank| rest.find(']') > Some(blank))))
}

fn without_bracket(name: &str) -> &str {
    name.strip_prefix('[').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_whatever_comes_before_their_stage() {
        let names: Vec<&str> =
            suffixes("[app-cuda linux/amd64 wheels(a=1, b=2) 3/7] run make [x y]").collect();
        assert_eq!(names[0], "app-cuda linux/amd64 wheels(a=1, b=2) 3/7] run make [x y]");
        assert!(names.contains(&"wheels(a=1, b=2) 3/7] run make [x y]"), "{names:?}");
        assert_eq!(suffixes("exporting").collect::<Vec<_>>(), ["exporting"]);
        assert_eq!(suffixes("[internal] x").collect::<Vec<_>>(), ["internal] x"]);
    }

    #[test]
    fn times_are_the_mean_of_what_ran() {
        let log = r#"WARNING: of another program
{"vertexes":[{"digest":"a","name":"[x app 2/3] run a","started":"2026-01-01T00:00:59.5Z"}]}
{"vertexes":[{"digest":"a","name":"[x app 2/3] run a","started":"2026-01-01T00:00:59.5Z","completed":"2026-01-01T01:01:01.75+01:00"}]}
{
  "vertexes": [{"digest":"b","name":"[y app 2/3] run a","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:04Z"},
    {"digest":"c","name":"[app 3/3] run c","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:04Z","cached":true}],
  "statuses": [{"id":"extracting sha256:00","vertex":"c","total":7},{"id":"sha256:00","vertex":"c","total":7}]
}
{"vertexes":[{"digest":"d","na"#;
        let mut timings = Timings::default();
        assert_eq!(timings.take(log), Some(()));
        assert_eq!(timings.seconds("[app 2/3] run a"), Some((2.25 + 4.0) / 2.0));
        assert_eq!((timings.seconds("[app 3/3] run c"), timings.bytes("[app 3/3] run c")), (None, Some(7.0)));
        assert_eq!(timings.take("no events\n"), None);
    }
}
