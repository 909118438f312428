//! Subrequests (`--call`): requests that varve answers with metadata instead of a built image.
//!
//! Each subrequest is an entry of one table and has a file of its own. The answers are pure functions of the build file, or of a
//! build that was lowered and not solved. This module does not ask the daemon for anything.

mod bake;
mod convertllb;
mod describe;
mod dockerfile;
mod drift;
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
use varve_spec::{Diagnostic, Directive, Family, Lock, MatrixQuery, Reading, Sources, Span};

use crate::render::Built;
use crate::util::report;

pub(crate) use drift::Moved;
pub use matrix::{include, json as matrix_json, table as matrix_table};

/// A subrequest, as `frontend.subrequests.describe` lists it.
pub(crate) struct Subrequest {
    /// The name. `--call` accepts it without `frontend.`.
    name: &'static str,
    /// The version of the format of the answer.
    version: &'static str,
    description: &'static str,
    /// The options of the build that the subrequest reads, each with a description.
    opts: &'static [(&'static str, &'static str)],
    /// What the answer is computed from.
    pub(crate) from: AnsweredFrom,
}

/// What the answer to a subrequest is computed from.
pub(crate) enum AnsweredFrom {
    /// The table of subrequests, and nothing about the build.
    Table(fn() -> Answer),
    /// The build file, and the files that vars are read from.
    File(FileAnswer),
    /// The lowered build, for each platform. It is not solved.
    Build(BuildAnswer),
    /// The current state of all registries and servers that the family names.
    Registries(FromRegistries),
}

/// What is answered from the state of registries and servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FromRegistries {
    /// A new lock. See [`lock`](lock()).
    Lock,
    /// How the lock differs from it. See [`drift`](drift()).
    Drift,
}

/// Answers a subrequest from the build file.
pub(crate) type FileAnswer = fn(&FileRequest<'_>) -> Result<Answer, Status>;

/// Answers a subrequest from the lowered build.
pub(crate) type BuildAnswer = fn(&[Built<'_>]) -> Result<Answer, Status>;

/// The input of a subrequest that is answered from the build file.
pub(crate) struct FileRequest<'a> {
    /// The files of the family.
    pub(crate) sources: &'a Sources,
    /// The family and the diagnostics of reading it.
    pub(crate) reading: &'a Reading,
    /// The target, arguments and platforms that the client gives.
    pub(crate) query: &'a MatrixQuery,
    /// The diagnostics that the client silences.
    pub(crate) directive: &'a Directive,
    /// The address of the context, if it is not a folder of the client.
    pub(crate) context: Option<&'a str>,
}

impl FileRequest<'_> {
    /// Returns the family.
    ///
    /// # Errors
    /// Returns an error if the build file cannot be read as a family.
    fn family(&self) -> Result<&Family, Status> {
        self.reading.family.as_ref().ok_or_else(|| report::error(&self.reading.found, self.sources))
    }
}

/// The answer to a subrequest.
#[derive(Default)]
pub(crate) struct Answer {
    /// The answer for programs.
    json: Value,
    /// The answer for people.
    text: String,
    /// The exit code of the client. `None` is 0.
    status: Option<u8>,
    /// What the answer does not contain.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// The name of the subrequest that is answered even if the build file cannot be loaded.
const LINT: &str = "frontend.lint";

/// The option that names the target.
const TARGET: (&str, &str) = ("target", "Target or stage");

static ALL: &[Subrequest] = &[
    Subrequest {
        name: LINT,
        version: lint::VERSION,
        description: "Lint the build file: find mistakes in all variants",
        opts: &[TARGET],
        from: AnsweredFrom::File(lint::answer),
    },
    Subrequest {
        name: "frontend.outline",
        version: "1.0.0",
        description: "List the parameters of the target: build arguments, secrets, SSH agents and caches",
        opts: &[TARGET],
        from: AnsweredFrom::File(outline::answer),
    },
    Subrequest {
        name: "frontend.targets",
        version: "1.0.0",
        description: "List the targets and stages",
        opts: &[],
        from: AnsweredFrom::File(targets::answer),
    },
    Subrequest {
        name: "frontend.matrix",
        version: "1.0.0",
        description: "List all variants with their axis values, platforms and tags",
        opts: &[TARGET],
        from: AnsweredFrom::File(matrix::answer),
    },
    Subrequest {
        name: "frontend.bake",
        version: "1.0.0",
        description: "Print a file for docker buildx bake, with a target for each variant",
        opts: &[TARGET],
        from: AnsweredFrom::File(bake::answer),
    },
    Subrequest {
        name: "frontend.dockerfile",
        version: "1.0.0",
        description: "Print a variant as a Dockerfile that builds the same image",
        opts: &[TARGET],
        from: AnsweredFrom::Build(dockerfile::answer),
    },
    Subrequest {
        name: "frontend.schema",
        version: "1.0.0",
        description: "Print the JSON Schema of build files, for editors",
        opts: &[],
        from: AnsweredFrom::File(schema::answer),
    },
    Subrequest {
        name: "frontend.plan",
        version: "1.0.0",
        description: "Show what the build does, step by step",
        opts: &[TARGET],
        from: AnsweredFrom::Build(plan::answer),
    },
    Subrequest {
        name: "frontend.explain",
        version: "1.0.0",
        description: "Explain the build: where each step comes from, and which steps are omitted",
        opts: &[TARGET],
        from: AnsweredFrom::Build(explain::answer),
    },
    Subrequest {
        name: "frontend.graph",
        version: "1.0.0",
        description: "Draw the graph of operations, for Graphviz",
        opts: &[TARGET],
        from: AnsweredFrom::Build(graph::answer),
    },
    Subrequest {
        name: "frontend.convertllb",
        version: convertllb::VERSION,
        description: "Print the graph of operations as JSON",
        opts: &[TARGET],
        from: AnsweredFrom::Build(convertllb::answer),
    },
    Subrequest {
        name: "frontend.lock",
        version: lock::VERSION,
        description: "Print the lock: the current digests and commits of all images, branches and downloads",
        opts: &[],
        from: AnsweredFrom::Registries(FromRegistries::Lock),
    },
    Subrequest {
        name: "frontend.drift",
        version: "1.0.0",
        description: "Show which names of the lock stand for something else now, and which variants use them",
        opts: &[],
        from: AnsweredFrom::Registries(FromRegistries::Drift),
    },
    Subrequest {
        name: "frontend.subrequests.describe",
        version: "1.0.0",
        description: "List available subrequest types",
        opts: &[],
        from: AnsweredFrom::Table(describe::answer),
    },
];

impl Subrequest {
    /// Returns the subrequest with this name.
    ///
    /// # Errors
    /// Returns the error for an unsupported subrequest, which buildx recognises.
    pub(crate) fn find(name: &str) -> Result<&'static Self, Status> {
        let found = ALL.iter().find(|subrequest| subrequest.name == name);
        found.ok_or_else(|| Status::unsupported_subrequest(name))
    }

    /// Converts an answer to the form that clients expect.
    pub(crate) fn outcome(&self, answer: Answer) -> Outcome {
        let json = serde_json::to_vec_pretty(&answer.json).unwrap_or_default();
        let mut metadata = BTreeMap::from([
            ("result.json".to_owned(), json),
            ("result.txt".to_owned(), answer.text.into_bytes()),
            ("version".to_owned(), self.version.as_bytes().to_vec()),
        ]);
        if let Some(status) = answer.status {
            metadata.insert("result.statuscode".to_owned(), status.to_string().into_bytes());
        }
        Outcome::of_metadata(metadata)
    }

    /// Returns the outcome if the build file or an include cannot be loaded. The lint answers with the failure as a diagnostic.
    /// `None` for all other subrequests, which fail.
    pub(crate) fn outcome_of_failure(&self, status: &Status) -> Option<Outcome> {
        if self.name != LINT {
            return None;
        }
        lint::of_failure(status).map(|answer| self.outcome(answer))
    }
}

/// Answers `frontend.lock`. `files` are the names of the build file and of the lock. `not_locked` lists the names that the lock has
/// no entry for, each with a reason.
pub(crate) fn lock(lock: &Lock, files: (&str, &str), not_locked: &[String]) -> Answer {
    lock::answer(lock, files, not_locked)
}

/// Answers `frontend.drift`. `names` are those of the build file and of the lock. `count` is the number of names that were compared, and
/// `not_compared` lists all others, each with a reason.
pub(crate) fn drift(names: (&str, &str), moved: &[Moved], count: usize, not_compared: &[String]) -> Answer {
    drift::answer(names, moved, count, not_compared)
}

/// Formats a place as Docker's answers do (`Location` in `solver/pb/ops.proto`, in Go's JSON).
fn location(span: Span, sources: &Sources) -> Value {
    let (start, end) = sources.range(span);
    let position = |at: varve_spec::Position| json!({"line": at.line, "character": at.column - 1});
    json!({"sourceIndex": span.source.0, "ranges": [{"start": position(start), "end": position(end)}]})
}

/// Returns the names of the family's files as Docker's answers list them.
fn files(sources: &Sources) -> Vec<String> {
    sources.iter().map(|source| BASE64.encode(source.shown().as_bytes())).collect()
}

/// Creates an object without its empty fields, as Go writes it.
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
