//! The record of calls.

use buildkit_proto::pb::Definition;

use crate::{ByteRange, ImageRequest, Outcome, Ref, Solve, SourceRequest, Status, Warning};

/// A call with its arguments.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the arguments of the methods of `Bridge`")]
#[non_exhaustive]
pub enum Call {
    /// [`ping`](crate::Bridge::ping).
    Ping,
    /// [`solve`](crate::Bridge::solve).
    Solve(Solve),
    /// [`read_file`](crate::Bridge::read_file).
    ReadFile { from: Ref, path: String, range: Option<ByteRange> },
    /// [`read_dir`](crate::Bridge::read_dir).
    ReadDir { from: Ref, path: String, include: Option<String> },
    /// [`stat_file`](crate::Bridge::stat_file).
    StatFile { from: Ref, path: String },
    /// [`evaluate`](crate::Bridge::evaluate).
    Evaluate { of: Ref },
    /// [`resolve_image`](crate::Bridge::resolve_image).
    ResolveImage(ImageRequest),
    /// [`resolve_source`](crate::Bridge::resolve_source).
    ResolveSource(SourceRequest),
    /// [`inputs`](crate::Bridge::inputs).
    Inputs,
    /// [`warn`](crate::Bridge::warn).
    Warn(Warning),
    /// [`finish`](crate::Bridge::finish).
    Finish(Result<Outcome, Status>),
}

/// The kind of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rpc {
    /// [`ping`](crate::Bridge::ping).
    Ping,
    /// [`solve`](crate::Bridge::solve).
    Solve,
    /// [`read_file`](crate::Bridge::read_file).
    ReadFile,
    /// [`read_dir`](crate::Bridge::read_dir).
    ReadDir,
    /// [`stat_file`](crate::Bridge::stat_file).
    StatFile,
    /// [`evaluate`](crate::Bridge::evaluate).
    Evaluate,
    /// [`resolve_image`](crate::Bridge::resolve_image).
    ResolveImage,
    /// [`resolve_source`](crate::Bridge::resolve_source).
    ResolveSource,
    /// [`inputs`](crate::Bridge::inputs).
    Inputs,
    /// [`warn`](crate::Bridge::warn).
    Warn,
    /// [`finish`](crate::Bridge::finish).
    Finish,
}

impl Call {
    /// Returns the kind of the call.
    pub fn rpc(&self) -> Rpc {
        match self {
            Self::Ping => Rpc::Ping,
            Self::Solve(_) => Rpc::Solve,
            Self::ReadFile { .. } => Rpc::ReadFile,
            Self::ReadDir { .. } => Rpc::ReadDir,
            Self::StatFile { .. } => Rpc::StatFile,
            Self::Evaluate { .. } => Rpc::Evaluate,
            Self::ResolveImage(_) => Rpc::ResolveImage,
            Self::ResolveSource(_) => Rpc::ResolveSource,
            Self::Inputs => Rpc::Inputs,
            Self::Warn(_) => Rpc::Warn,
            Self::Finish(_) => Rpc::Finish,
        }
    }

    pub(super) fn into_definition(self) -> Option<Definition> {
        match self {
            Self::Solve(solve) => solve.input.operations().ok().flatten(),
            _ => None,
        }
    }
}
