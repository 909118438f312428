//! What went wrong, in the form BuildKit passes errors around: a code, a message, details.

use std::fmt;

use buildkit_proto::google::rpc;

use crate::{Detail, GrpcCode, SourceRange};

/// An error of the bridge, received from the daemon or made here: `google.rpc.Status`.
///
/// A status that came from the daemon is handed back to it unchanged, details and all, so that the user sees
/// what BuildKit said: the failed operation, its excerpt of the build file, its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The kind of failure. Every code but [`GrpcCode::UNKNOWN`] is printed before the message.
    pub code: GrpcCode,
    /// One line, without a trailing newline; it is printed after `failed to solve: `.
    pub message: String,
    /// Typed facts about the failure. BuildKit's clients wrap the error in one after the other and print what they
    /// find from the outside in, so that the last one is printed first; see [`Self::at`].
    pub details: Vec<Detail>,
}

impl Status {
    /// An error of the given kind without details.
    pub fn new(code: GrpcCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// A mistake of the user. Its code is [`GrpcCode::UNKNOWN`], the only one that is not printed.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(GrpcCode::UNKNOWN, message)
    }

    /// The answer to a subrequest that the frontend does not know.
    ///
    /// buildx recognises the detail and, for `outline`, `targets` and `lint`, asks a Dockerfile frontend instead. From
    /// the detail clients print `unsupported request NAME: ` before the message, which therefore does not repeat it
    /// (`solver/errdefs/subrequest.go`).
    pub fn unsupported_subrequest(name: &str) -> Self {
        Self::user("not one that this frontend answers").with(Detail::subrequest(name))
    }

    /// The refusal of a frontend capability that the client requires. From the detail clients print `unsupported
    /// frontend capability NAME: ` before code and message (`solver/errdefs/frontendcap.go`).
    pub fn unsupported_frontend_cap(name: &str) -> Self {
        Self::new(GrpcCode::UNIMPLEMENTED, "not one that this frontend has").with(Detail::frontend_cap(name))
    }

    /// The same error with one more detail, after those it has.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.details.push(detail);
        self
    }

    /// The same error with an excerpt of a source file. Several are allowed; all are printed, before the message and
    /// in the order in which they are added: for that, each goes before those it has.
    #[must_use]
    pub fn at(mut self, source: &SourceRange) -> Self {
        self.details.insert(0, Detail::source(source));
        self
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
        self.code == GrpcCode::UNKNOWN && failed_call && missing && !of_step
    }

    /// The source excerpts among the details, in the order in which they are printed. Details of other kinds, or that
    /// do not decode, are left out.
    pub fn sources(&self) -> Vec<SourceRange> {
        self.details.iter().rev().filter_map(Detail::as_source).collect()
    }
}

/// As BuildKit prints it: the message alone for [`GrpcCode::UNKNOWN`], else `Code: message` (`util/grpcerrors`).
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            GrpcCode::OK | GrpcCode::UNKNOWN => f.write_str(&self.message),
            code => write!(f, "{code}: {}", self.message),
        }
    }
}

impl std::error::Error for Status {}

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
    fn printed_as_buildkit_does() {
        check(Status::user("no such stage"), "no such stage");
        check(Status::new(GrpcCode::OK, "fine"), "fine");
        check(Status::new(GrpcCode::INVALID_ARGUMENT, "bad"), "InvalidArgument: bad");
        check(Status::new(GrpcCode(77), "odd"), "Code(77): odd");

        fn check(status: Status, expect: &str) {
            assert_eq!(status.to_string(), expect);
        }
    }

    #[test]
    fn unsupported_requests_and_capabilities_name_what_is_not_supported() {
        let request = Status::unsupported_subrequest("frontend.x");
        assert_eq!(request.code, GrpcCode::UNKNOWN);
        assert_eq!(request.details, [Detail::subrequest("frontend.x")]);
        // The name is printed from the detail.
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
        // The last detail on the wire is the first one printed.
        let wire: Vec<_> =
            status.details.iter().map(|detail| detail.as_source().map(|it| it.file.name)).collect();
        assert_eq!(wire, [Some("b".to_owned()), Some("a".to_owned()), None]);
    }

    #[test]
    fn to_the_wire_and_back_nothing_changes() {
        let detail = Detail { type_url: "a/b".to_owned(), value: vec![0, 159] };
        for status in [Status::new(GrpcCode(-3), "m").with(detail), Status::user("")] {
            assert_eq!(Status::from(rpc::Status::from(status.clone())), status);
        }
    }

    #[test]
    fn missing_files_are_known_by_their_words() {
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
