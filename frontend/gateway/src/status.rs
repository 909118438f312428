//! Errors in BuildKit's form: a code, a message and details.

use std::fmt;

use buildkit_names::{InvalidGitUrl, InvalidReference};
use buildkit_proto::google::rpc;

use crate::{Detail, GrpcCode, SourceRange};

/// An error of the bridge, which comes from the daemon or from the frontend (`google.rpc.Status`).
///
/// A frontend returns an error of the daemon unchanged, with its details. The user then sees what BuildKit reported: the failed
/// operation, the excerpt of the build file and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The kind of the error. Clients print every code but [`GrpcCode::UNKNOWN`] before the message.
    pub code: GrpcCode,
    /// The message: one line without a line end. Clients print it after `failed to solve: `.
    pub message: String,
    /// The details. BuildKit's clients wrap the error in one detail after the other and print them from the outside in, so the last
    /// detail is printed first. See [`Self::at`].
    pub details: Vec<Detail>,
}

impl Status {
    /// Creates an error without details.
    pub fn new(code: GrpcCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// Creates an error about a mistake of the user. Its code is [`GrpcCode::UNKNOWN`], which clients do not print.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(GrpcCode::UNKNOWN, message)
    }

    /// Creates the answer to a subrequest that the frontend does not support.
    ///
    /// buildx recognises the detail. For `outline`, `targets` and `lint` it asks a Dockerfile frontend instead. Clients print
    /// `unsupported request NAME: ` before the message, so the message does not repeat the name (`solver/errdefs/subrequest.go`).
    pub fn unsupported_subrequest(name: &str) -> Self {
        Self::user("this frontend does not implement it").with(Detail::subrequest(name))
    }

    /// Creates the error that the frontend lacks a capability that the client requires. Clients print `unsupported frontend capability
    /// NAME: ` before code and message (`solver/errdefs/frontendcap.go`).
    pub fn unsupported_frontend_cap(name: &str) -> Self {
        Self::new(GrpcCode::UNIMPLEMENTED, "this frontend does not have it").with(Detail::frontend_cap(name))
    }

    /// Returns the error with one more detail at the end.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.details.push(detail);
        self
    }

    /// Returns the error with an excerpt of a source file. Clients print all excerpts before the message, in the order in which they
    /// were added. To get this order, the detail is added at the front.
    #[must_use]
    pub fn at(mut self, source: &SourceRange) -> Self {
        self.details.insert(0, Detail::source(source));
        self
    }

    /// Whether a call failed because its path does not exist.
    ///
    /// The daemon sends no code for this. It sends Go's text about the failed call, such as `open F: no such file or directory`, and
    /// before BuildKit 0.13 `F` is a path of the daemon (`cache/util/fsutil.go`). A path below a file does not exist either. The error
    /// of a step can have the same text, but it names its vertex in a detail.
    pub fn is_missing_file(&self) -> bool {
        let failed_call = ["open ", "lstat ", "stat "].iter().any(|call| self.message.starts_with(call));
        let missing = [": no such file or directory", ": not a directory"]
            .iter()
            .any(|end| self.message.ends_with(end));
        let of_step = self.details.iter().any(|detail| detail.type_url == Detail::VERTEX);
        self.code == GrpcCode::UNKNOWN && failed_call && missing && !of_step
    }

    /// The digest of the operation that failed, such as `sha256:...`. `None` if the daemon names none.
    pub fn vertex(&self) -> Option<String> {
        self.details.iter().find_map(Detail::as_vertex)
    }

    /// Returns the excerpts of source files in the order in which clients print them. Details of other types and details that do not
    /// decode are left out.
    pub fn sources(&self) -> Vec<SourceRange> {
        self.details.iter().rev().filter_map(Detail::as_source).collect()
    }
}

/// Displays the error as BuildKit does: the message alone for [`GrpcCode::UNKNOWN`], otherwise `CODE: message` (`util/grpcerrors`).
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            GrpcCode::OK | GrpcCode::UNKNOWN => f.write_str(&self.message),
            code => write!(f, "{code}: {}", self.message),
        }
    }
}

impl std::error::Error for Status {}

impl From<InvalidReference> for Status {
    fn from(error: InvalidReference) -> Self {
        Self::user(error.to_string())
    }
}

impl From<InvalidGitUrl> for Status {
    fn from(error: InvalidGitUrl) -> Self {
        Self::user(error.to_string())
    }
}

impl From<rpc::Status> for Status {
    fn from(status: rpc::Status) -> Self {
        let details = status.details.into_iter().map(Detail::from).collect();
        Self { code: GrpcCode(status.code), message: status.message, details }
    }
}

impl From<Status> for rpc::Status {
    fn from(status: Status) -> Self {
        let details = status.details.into_iter().map(Into::into).collect();
        Self { code: status.code.0, message: status.message, details }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_displayed_as_buildkit_does() {
        check(Status::user("no such stage"), "no such stage");
        check(Status::new(GrpcCode::OK, "fine"), "fine");
        check(Status::new(GrpcCode::INVALID_ARGUMENT, "bad"), "InvalidArgument: bad");
        check(Status::new(GrpcCode(77), "odd"), "Code(77): odd");

        fn check(status: Status, expect: &str) {
            assert_eq!(status.to_string(), expect);
        }
    }

    #[test]
    fn unsupported_requests_and_capabilities_are_named_in_the_detail() {
        let request = Status::unsupported_subrequest("frontend.x");
        assert_eq!(request.code, GrpcCode::UNKNOWN);
        assert_eq!(request.details, [Detail::subrequest("frontend.x")]);
        // Clients print the name from the detail.
        assert!(!request.message.contains("frontend.x"));
        let cap = Status::unsupported_frontend_cap("c.d");
        assert_eq!(cap.code, GrpcCode::UNIMPLEMENTED);
        assert_eq!(cap.details, [Detail::frontend_cap("c.d")]);
        assert!(!cap.message.contains("c.d"));
    }

    #[test]
    fn excerpts_are_printed_in_the_order_they_are_added() {
        let source = |name: &str| SourceRange {
            file: crate::SourceFile { name: name.to_owned(), ..Default::default() },
            ranges: Vec::new(),
        };
        let status = Status::user("m").at(&source("a")).with(Detail::subrequest("r")).at(&source("b"));
        assert_eq!(status.sources(), [source("a"), source("b")]);
        // Clients print the last detail first.
        let encoded: Vec<_> =
            status.details.iter().map(|detail| detail.as_source().map(|it| it.file.name)).collect();
        assert_eq!(encoded, [Some("b".to_owned()), Some("a".to_owned()), None]);
    }

    #[test]
    fn encoding_and_decoding_changes_nothing() {
        let detail = Detail { type_url: "a/b".to_owned(), value: vec![0, 159] };
        for status in [Status::new(GrpcCode(-3), "m").with(detail), Status::user("")] {
            assert_eq!(Status::from(rpc::Status::from(status.clone())), status);
        }
    }

    #[test]
    fn missing_files_are_recognised_by_the_message() {
        check(Status::user("open f: no such file or directory"), true);
        check(Status::user("lstat a/b: no such file or directory"), true);
        check(Status::user("stat a: not a directory"), true);
        check(Status::user("open f: permission denied"), false);
        check(Status::user("process \"cat f\" failed: open f: no such file or directory"), false);
        check(Status::new(GrpcCode::NOT_FOUND, "open f: no such file or directory"), false);
        let vertex = Detail { type_url: Detail::VERTEX.to_owned(), value: b"{}".to_vec() };
        check(Status::user("open f: no such file or directory").with(vertex), false);

        fn check(status: Status, expect: bool) {
            assert_eq!(status.is_missing_file(), expect, "{status}");
        }
    }
}
