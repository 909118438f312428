//! No value breaks out: hostile values in every text key of the language, compared with the values of the examples.
//!
//! A hostile value is an error at its place, or changes nothing but that value: the plan has the same steps, generated files and
//! scripts have the same lines and words, and the printed Dockerfile has the same instructions.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::Options;
use serde_json::Value;
use varve_frontend::render::dockerfile::dockerfile;
use varve_frontend::render::plans;
use varve_frontend::{BuildError, IgnoreFile, OfflineRequest, OnUnknown, lower_offline};
use varve_spec::{Diagnostic, Family, Lines, Sample, Sources, Vcs, samples};

use crate::reader;

/// Texts that have a meaning to a parser, a shell, a program, a terminal or a reader.
const HOSTILE: [&str; 26] = [
    "\nRUN touch /pwned\n#",
    "\nTrusted: yes\n",
    "\r",
    "\u{85}",
    "\"",
    "'",
    "`touch /pwned`",
    "$x",
    "${x}",
    "$(touch /pwned)",
    "\\",
    "-o=x",
    "\0",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{2028}",
    "\u{202e}",
    " # x",
    "; touch /pwned",
    "%",
    ",",
    "=",
    "|",
    "<<EOF",
    "../../x",
    "[x]",
];

/// Bases of the stage of most samples: one for each kind of package manager.
const BASES: [&str; 4] = ["debian:12", "fedora:40", "alpine:3.20", "opensuse/leap:15.6"];

/// What must not depend on a value.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    /// The plan without its texts.
    plan: String,
    /// The instructions of the Dockerfile, with the number of words of each script. `None` if the value cannot be printed, which is an
    /// error of the printer.
    instructions: Option<Vec<(String, Vec<usize>)>>,
}

/// A family and the argument that it is planned with.
struct Planned<'s> {
    sample: &'s Sample,
    sources: Sources,
    reading: varve_spec::Reading,
    place: std::ops::Range<usize>,
}

impl<'s> Planned<'s> {
    fn new(sample: &'s Sample, (text, place): (String, std::ops::Range<usize>)) -> Self {
        let sources = sample.sources(text);
        let reading = Family::read(&sources);
        Self { sample, sources, reading, place }
    }

    /// The form of the build, or the errors.
    fn form(&self, chosen: Option<&str>) -> Result<Form, Vec<Diagnostic>> {
        let errors = |found: &[Diagnostic]| -> Vec<Diagnostic> {
            found.iter().filter(|one| one.is_error()).cloned().collect()
        };
        let family = self.reading.family.as_ref().ok_or_else(|| errors(&self.reading.found))?;
        let mut args = BTreeMap::new();
        args.extend(chosen.map(|value| ("build-arg:chosen".to_owned(), value.to_owned())));
        if self.sample.place != "top level" {
            args.insert("build-arg:device".to_owned(), "cuda".to_owned());
        }
        let options = Options::read(&args).expect("valid options");
        let request = OfflineRequest {
            sources: &self.sources,
            family,
            options: &options,
            files: &BTreeMap::new(),
            lock: None,
            ignore: &IgnoreFile::default(),
            vcs: Vcs::default().with_placeholders(),
            folder: "/context",
            on_unknown: OnUnknown::Placeholder,
            tells_bases: false,
        };
        let build = lower_offline(&request).map_err(|error| match error {
            BuildError::Findings(found) => errors(&found),
            BuildError::Status(status) => panic!("{}: {}: {status:?}", self.sample.place, self.sample.key),
        })?;
        let built = build.built(&self.sources);
        let printed = built.first().and_then(|built| dockerfile(built).ok());
        let mut plan = String::new();
        skeleton("", &plans(&built), self.sample.lines, &mut plan);
        Ok(Form { plan, instructions: printed.map(|printed| self.instructions(&printed)) })
    }

    /// The instructions of a Dockerfile, without those of the helper stages, which the printer makes where a value needs one. Several
    /// `COPY` in a row, such as one for a folder and one for a file in it, count as one.
    fn instructions(&self, printed: &str) -> Vec<(String, Vec<usize>)> {
        let mut instructions = Vec::new();
        let mut is_helper = false;
        for read in reader::read(printed, '\\') {
            if read.name == "FROM" {
                is_helper = read.rest.contains(" AS varve-");
            }
            let words = match (self.sample.lines, read.name.as_str()) {
                (Lines::One, "RUN") => read.texts.iter().map(|text| words(text)).collect(),
                _ => Vec::new(),
            };
            let again = |(last, _): &(String, Vec<usize>)| read.name == "COPY" && *last == read.name;
            if !is_helper && !instructions.last().is_some_and(again) {
                instructions.push((read.name, words));
            }
        }
        instructions
    }
}

/// Writes a value without its texts: the shape of lists and maps, the numbers of lines of texts, and the number of words of scripts. The
/// values of arguments are skipped.
fn skeleton(key: &str, value: &Value, of: Lines, into: &mut String) {
    match value {
        _ if key == "args" => {}
        // The plan shows a command as a script if its shell looks like one.
        _ if of == Lines::Any && matches!(key, "exec" | "shell" | "script") => {}
        Value::String(text) if of == Lines::One && key == "script" => {
            *into += &format!("{} words ", words(text))
        }
        Value::String(text) if of == Lines::One => *into += &format!("{} ", lines(text)),
        Value::String(_) => *into += "text ",
        Value::Array(items) => {
            *into += "[";
            items.iter().for_each(|item| skeleton(key, item, of, into));
            *into += "]";
        }
        Value::Object(map) => {
            *into += "{";
            map.iter().for_each(|(key, value)| skeleton(key, value, of, into));
            *into += "}";
        }
        other => *into += &format!("{other} "),
    }
}

/// The number of lines, for a reader that ends lines at every line break of Unicode.
fn lines(text: &str) -> usize {
    text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']).count()
}

/// The number of words and operators of a script.
fn words(script: &str) -> usize {
    reader::words(script, '\\').len()
}

/// Hostile variants of a text.
fn variants(written: &str) -> BTreeSet<String> {
    let variants = HOSTILE
        .into_iter()
        .flat_map(|hostile| [format!("{written}{hostile}"), format!("{hostile}{written}")]);
    variants.collect()
}

/// Compares one hostile value with values like that of the example.
fn compare(planned: &Planned<'_>, chosen: Option<&str>, value: &str, benign: &[Form]) -> Option<String> {
    let Sample { place, key, .. } = planned.sample;
    match planned.form(chosen) {
        Ok(form) if benign.contains(&form) => None,
        Ok(form) if form.instructions.is_none() && benign.iter().any(|benign| benign.plan == form.plan) => {
            None
        }
        Ok(form) => Some(format!("{place}: {key}: {value:?} changes\n  {benign:?}\nto\n  {form:?}")),
        Err(found) => {
            let here = |found: &Diagnostic| {
                let range = found.span.start as usize..found.span.end as usize;
                range.start < planned.place.end && planned.place.start < range.end.max(range.start + 1)
            };
            let shows = |found: &Diagnostic| {
                found.message.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'))
            };
            // A value can be a mistake where it is used, or together with another one, if the message shows it.
            let parts = value.split(|c: char| !c.is_ascii_alphanumeric());
            let named = |found: &Diagnostic| parts.clone().all(|part| found.message.contains(part));
            let elsewhere = planned.sample.computed && !found.iter().any(|found| here(found) || named(found));
            let wrong = elsewhere || found.iter().any(shows);
            wrong.then(|| format!("{place}: {key}: {value:?} is an error elsewhere: {found:?}"))
        }
    }
}

/// Whether the values of a place go into files or scripts that depend on the package manager.
fn depends_on_manager(place: &str) -> bool {
    let places = ["package", "repository", "account", "snapshot", "signing key", "group", "manager options"];
    places.iter().any(|part| place.contains(part))
}

/// The samples that are built with a base: those of the first base are all.
fn samples_with(number: usize, base: &str) -> Vec<Sample> {
    let mut all = samples(base);
    all.retain(|sample| number == 0 || depends_on_manager(&sample.place));
    all
}

/// Compares all hostile values with the value of a sample. `None` if the sample cannot be built with this base.
fn problems(sample: &Sample) -> Option<Vec<String>> {
    let planned = |value: &str| match sample.computed {
        true => (Planned::new(sample, sample.computed()), Some(value.to_owned())),
        false => (Planned::new(sample, sample.literal(value)), None),
    };
    let form = |value: &str| {
        let (planned, chosen) = planned(value);
        planned.form(chosen.as_deref())
    };
    let mut benign = vec![form(&sample.written).ok()?];
    // A path of `copy` that is a pattern may match nothing if the step is `optional`. So a pattern is compared with a pattern too.
    if sample.place == "step copy" && sample.key == "copy" {
        benign.push(form(&format!("{}[y]", sample.written)).ok()?);
    }
    let found = variants(&sample.written).into_iter().filter_map(|value| {
        let (planned, chosen) = planned(&value);
        compare(&planned, chosen.as_deref(), &value, &benign)
    });
    Some(found.collect())
}

#[test]
fn no_value_breaks_out() {
    let bases = BASES.iter().enumerate();
    let all: Vec<Sample> = bases.flat_map(|(number, base)| samples_with(number, base)).collect();
    // The test takes half the time with a thread for each of two halves.
    let found: Vec<(String, Option<Vec<String>>)> = std::thread::scope(|scope| {
        let half = |part: usize| all.iter().skip(part).step_by(2);
        let name = |sample: &Sample| format!("{}: {}", sample.place, sample.key);
        let run =
            |part| move || half(part).map(|sample| (name(sample), problems(sample))).collect::<Vec<_>>();
        let threads = [0, 1].map(|part| scope.spawn(run(part)));
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let compared: BTreeSet<&str> =
        found.iter().filter(|(_, problems)| problems.is_some()).map(|(name, _)| name.as_str()).collect();
    let never: Vec<&str> =
        found.iter().map(|(name, _)| name.as_str()).filter(|name| !compared.contains(name)).collect();
    // A value for the argument would have to be given from outside.
    assert_eq!(never, ["argument: required"], "these examples are built for no base");
    let first = |(_, problems): &(String, Option<Vec<String>>)| problems.as_ref()?.first().cloned();
    let problems: Vec<String> = found.iter().filter_map(first).collect();
    assert!(problems.is_empty(), "the first problem of each value:\n{}", problems.join("\n"));
}
