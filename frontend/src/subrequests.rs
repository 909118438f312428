//! Questions that are answered instead of a build (`--call`): pure functions to metadata.
//!
//! Most are about the build file and need neither the context nor a base image; only values that are read from files of the
//! context are asked for before. Some are about a build, and take all that it takes but the building; one is the lock, which asks
//! registries and servers for everything that the family names.

mod bake;
mod convertllb;
mod describe;
mod dockerfile;
mod explain;
mod graph;
mod lint;
mod lock;
mod matrix;
mod outline;
mod plan;
mod schema;
mod targets;
mod text;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_gateway::{Outcome, Status};
use serde_json::{Value, json};
use varve_spec::{Directive, Family, Lock, MatrixQuery, Reading, Sources, Span};

use crate::render::Built;
use crate::util::report;

pub use matrix::{include, json as matrix_json, table as matrix_table};

/// What a question is about.
pub(crate) struct Subject<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) reading: &'a Reading,
    pub(crate) question: &'a MatrixQuery,
    pub(crate) directive: &'a Directive,
    /// The address of the context, where it is no folder of the client.
    pub(crate) context: Option<&'a str>,
}

impl Subject<'_> {
    /// The family.
    ///
    /// # Errors
    /// The build file cannot be read.
    fn family(&self) -> Result<&Family, Status> {
        self.reading.family.as_ref().ok_or_else(|| report::error(&self.reading.found, self.sources))
    }
}

/// A question, as the table below lists it and `frontend.subrequests.describe` shows it.
struct Subrequest {
    /// Its name, which `--call` gives without `frontend.`.
    name: &'static str,
    /// The version of the form of its answer.
    version: &'static str,
    description: &'static str,
    /// Options of the build that it reads, each with what it is.
    opts: &'static [(&'static str, &'static str)],
    answer: By,
}

/// What a question is answered by.
enum By {
    /// The build file.
    File(fn(&Subject<'_>) -> Result<Answer, Status>),
    /// What would be built, for each platform.
    Build(fn(&[Built<'_>]) -> Result<Answer, Status>),
}

/// An answer.
struct Answer {
    /// For programs.
    json: Value,
    /// For people.
    text: String,
    /// What becomes the exit code of the client; nothing is 0.
    status: Option<u8>,
}

/// The question that the build file plays no part in.
pub(crate) const DESCRIBE: &str = "frontend.subrequests.describe";
/// The question about what names stand for, which registries and servers are asked.
pub(crate) const LOCK: &str = "frontend.lock";
/// The question whose answer tells of a build file that cannot be read.
pub(crate) const LINT: &str = "frontend.lint";

/// The option that names the target.
const TARGET: (&str, &str) = ("target", "Target or stage");

static ALL: &[Subrequest] = &[
    Subrequest {
        name: LINT,
        version: lint::VERSION,
        description: "Check the build file over the whole matrix",
        opts: &[TARGET],
        answer: By::File(lint::answer),
    },
    Subrequest {
        name: "frontend.outline",
        version: "1.0.0",
        description: "List all parameters that the target has: build arguments, secrets, agents and caches",
        opts: &[TARGET],
        answer: By::File(outline::answer),
    },
    Subrequest {
        name: "frontend.targets",
        version: "1.0.0",
        description: "List all targets and stages that can be built",
        opts: &[],
        answer: By::File(targets::answer),
    },
    Subrequest {
        name: "frontend.matrix",
        version: "1.0.0",
        description: "List all variants with their axis values, platforms and tags",
        opts: &[TARGET],
        answer: By::File(matrix::answer),
    },
    Subrequest {
        name: "frontend.bake",
        version: "1.0.0",
        description: "Print a file for docker buildx bake, with a target for each variant",
        opts: &[TARGET],
        answer: By::File(bake::answer),
    },
    Subrequest {
        name: "frontend.dockerfile",
        version: "1.0.0",
        description: "Print a variant as a Dockerfile that builds the same image",
        opts: &[TARGET],
        answer: By::Build(dockerfile::answer),
    },
    Subrequest {
        name: "frontend.schema",
        version: "1.0.0",
        description: "Print the JSON Schema of build files, for editors",
        opts: &[],
        answer: By::File(schema::answer),
    },
    Subrequest {
        name: "frontend.plan",
        version: "1.0.0",
        description: "Tell everything that the build does, step by step",
        opts: &[TARGET],
        answer: By::Build(plan::answer),
    },
    Subrequest {
        name: "frontend.explain",
        version: "1.0.0",
        description: "Tell why the build is as it is: where each step comes from, and what is not there",
        opts: &[TARGET],
        answer: By::Build(explain::answer),
    },
    Subrequest {
        name: "frontend.graph",
        version: "1.0.0",
        description: "Draw the graph of operations, for Graphviz",
        opts: &[TARGET],
        answer: By::Build(graph::answer),
    },
    Subrequest {
        name: "frontend.convertllb",
        version: convertllb::VERSION,
        description: "Print the graph of operations that the build runs",
        opts: &[TARGET],
        answer: By::Build(convertllb::answer),
    },
];

/// Whether there is such a question.
pub(crate) fn is_known(name: &str) -> bool {
    name == LOCK || ALL.iter().any(|subrequest| subrequest.name == name)
}

/// Whether a question is about a build.
pub(crate) fn is_of_build(name: &str) -> bool {
    ALL.iter().any(|subrequest| subrequest.name == name && matches!(subrequest.answer, By::Build(_)))
}

/// The answer to a question about a build file.
///
/// # Errors
/// A question that there is not, or a build file that it cannot be answered for.
pub(crate) fn answer(name: &str, subject: &Subject<'_>) -> Result<Outcome, Status> {
    answered(name, |by| match by {
        By::File(answer) => Some(answer(subject)),
        By::Build(_) => None,
    })
}

/// The answer to a question about a build, which was lowered and not carried out.
///
/// # Errors
/// A question that there is not, or a build that it cannot be answered for.
pub(crate) fn answer_of_build(name: &str, builds: &[Built<'_>]) -> Result<Outcome, Status> {
    answered(name, |by| match by {
        By::Build(answer) => Some(answer(builds)),
        By::File(_) => None,
    })
}

fn answered(name: &str, answer: impl Fn(&By) -> Option<Result<Answer, Status>>) -> Result<Outcome, Status> {
    let found = ALL.iter().filter(|subrequest| subrequest.name == name);
    let mut found = found.filter_map(|subrequest| Some((subrequest.version, answer(&subrequest.answer)?)));
    let (version, answer) = found.next().ok_or_else(|| Status::unsupported_subrequest(name))?;
    Ok(outcome(version, answer?))
}

/// A lock, for a build file and as a file of its own; with what it says nothing of.
pub(crate) fn lock(lock: &Lock, files: (&str, &str), left_out: &[String]) -> Outcome {
    outcome(lock::VERSION, lock::answer(lock, files, left_out))
}

/// All questions.
pub(crate) fn describe() -> Outcome {
    outcome("1.0.0", describe::answer())
}

/// The answer of the check when a file cannot even be loaded.
pub(crate) fn lint_of_failure(status: &Status) -> Option<Outcome> {
    Some(outcome(lint::VERSION, lint::of_failure(status)?))
}

fn outcome(version: &str, answer: Answer) -> Outcome {
    let json = serde_json::to_vec_pretty(&answer.json).unwrap_or_default();
    let mut metadata = BTreeMap::from([
        ("result.json".to_owned(), json),
        ("result.txt".to_owned(), answer.text.into_bytes()),
        ("version".to_owned(), version.as_bytes().to_vec()),
    ]);
    if let Some(status) = answer.status {
        metadata.insert("result.statuscode".to_owned(), status.to_string().into_bytes());
    }
    Outcome::of_metadata(metadata)
}

/// A place in the form of Docker's answers (`Location` in solver/pb/ops.proto, as Go writes it in JSON).
fn location(span: Span, sources: &Sources) -> Value {
    let (start, end) = sources.range(span);
    let position = |at: varve_spec::Position| json!({"line": at.line, "character": at.column - 1});
    json!({"sourceIndex": span.source.0, "ranges": [{"start": position(start), "end": position(end)}]})
}

/// The files, as the answers carry them.
fn files(sources: &Sources) -> Vec<String> {
    sources.iter().map(|source| BASE64.encode(source.text())).collect()
}

/// An object without what is empty, as Go leaves it out.
fn filled<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let fields = fields.into_iter().filter(|(_, value)| !empty(value));
    Value::Object(fields.map(|(key, value)| (key.to_owned(), value)).collect())
}
