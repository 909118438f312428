//! What went wrong, in the form BuildKit passes errors around: a code, a message, details.

use std::fmt;

use buildkit_proto::google::rpc;

use crate::{Code, Detail, SourceRange};

/// An error of the bridge, received from the daemon or made here: `google.rpc.Status`.
///
/// A status that came from the daemon is handed back to it unchanged, details and all, so that the user sees
/// what BuildKit said: the failed operation, its excerpt of the build file, its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The kind of failure. Every code but [`Code::UNKNOWN`] is printed before the message.
    pub code: Code,
    /// One line, without a trailing newline; it is printed after `failed to solve: `.
    pub message: String,
    /// Typed facts about the failure, in the order in which they are to be read.
    pub details: Vec<Detail>,
}

impl Status {
    /// An error of the given kind without details.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// A mistake of the user. Its code is [`Code::UNKNOWN`], the only one that is not printed.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(Code::UNKNOWN, message)
    }

    /// The answer to a subrequest that the frontend does not know.
    ///
    /// buildx recognises the detail and, for `outline`, `targets` and `lint`, asks a Dockerfile frontend instead
    /// (`solver/errdefs/subrequest.go`).
    pub fn unsupported_subrequest(name: &str) -> Self {
        Self::user(format!("unsupported request {name}")).with(Detail::subrequest(name))
    }

    /// The refusal of a frontend capability that the client requires (`solver/errdefs/frontendcap.go`).
    pub fn unsupported_frontend_cap(name: &str) -> Self {
        Self::new(Code::UNIMPLEMENTED, format!("unsupported frontend capability {name}"))
            .with(Detail::frontend_cap(name))
    }

    /// The same error with one more detail, after those it has.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.details.push(detail);
        self
    }

    /// The same error with an excerpt of a source file. Several are allowed; all are printed, in this order.
    #[must_use]
    pub fn at(self, source: &SourceRange) -> Self {
        self.with(Detail::source(source))
    }

    /// Whether a call about a path failed because nothing is there.
    ///
    /// The daemon sends no code for that, only Go's text for the failed call, such as `open F: no such file or
    /// directory`, with its own path for `F` before BuildKit 0.13 (`cache/util/fsutil.go`). A path below something
    /// that is no folder does not exist either. A step that failed in the same words names its vertex.
    pub fn is_missing_file(&self) -> bool {
        let failed_call = ["open ", "lstat ", "stat "].iter().any(|call| self.message.starts_with(call));
        let missing = [": no such file or directory", ": not a directory"]
            .iter()
            .any(|end| self.message.ends_with(end));
        let of_step = self.details.iter().any(|detail| detail.type_url == Detail::VERTEX);
        self.code == Code::UNKNOWN && failed_call && missing && !of_step
    }

    /// The source excerpts among the details, in order. Details of other kinds, or that do not decode, are left out.
    pub fn sources(&self) -> Vec<SourceRange> {
        self.details.iter().filter_map(Detail::as_source).collect()
    }
}

/// As BuildKit prints it: the message alone for [`Code::UNKNOWN`], else `Code: message` (`util/grpcerrors`).
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Code::OK | Code::UNKNOWN => f.write_str(&self.message),
            code => write!(f, "{code}: {}", self.message),
        }
    }
}

impl std::error::Error for Status {}

impl From<rpc::Status> for Status {
    fn from(status: rpc::Status) -> Self {
        let details = status.details.into_iter().map(Detail::from).collect();
        Self { code: Code(status.code), message: status.message, details }
    }
}

impl From<Status> for rpc::Status {
    fn from(status: Status) -> Self {
        let details = status.details.into_iter().map(Into::into).collect();
        Self { code: status.code.0, message: status.message, details }
    }
}
