//! BuildKit's build graph: operations by content, and the definition that a daemon solves.
//!
//! A [`Graph`] holds operations, each once: adding one that is there already gives the vertex that is there. What an
//! operation is, is its bytes, and these are the bytes that BuildKit's own client would write, so that digests agree with
//! the daemon's, results are shared with other frontends, and a failed step finds its lines. Names, progress groups and
//! source locations are kept beside the operations and never change them.
//!
//! ```
//! use std::sync::Arc;
//!
//! use buildkit_llb::{Argv, Copy, Exec, File, Graph, ImageSource, LocalSource, Metadata, Platform};
//!
//! let platform = Arc::new(Platform::new("linux", "amd64"));
//! let mut graph = Graph::new();
//! let base = graph.add(ImageSource::new("alpine:3.20", platform.clone()));
//! let context = graph.add(LocalSource::new("context", "the-session"));
//! let install = graph.add(Exec::new(platform, graph.root(base), Argv::new("apk", ["add", "git"])));
//! graph.describe(install, Metadata::named("install git"));
//! let copy = Copy::dockerfile(graph.root(context), "/src", "/app/");
//! let app = graph.add(File::new(graph.root(install), copy));
//!
//! let definition = graph.definition(graph.root(app), &[]);
//! assert_eq!(definition.def.len(), 5); // four operations and the terminal one
//! ```
//!
//! The crate does not know the language that a graph is written from, nor how a definition reaches a daemon; it does no
//! I/O, reads no clock and no environment, and is not async. It does not check whether a daemon has what a graph needs:
//! [`Graph::capabilities`] says what that is. Facts about the format come from BuildKit's solver/pb/ops.proto and its
//! client/llb; the files are named where they are used.

mod capability;
mod definition;
mod digest;
mod encode;
mod encoded;
mod exec;
mod fields;
mod file;
mod graph;
mod import;
mod imported_definition;
mod location;
mod merge;
mod metadata;
mod nodes;
mod operation;
mod path;
mod platform;
mod source;
mod topological_order;
mod vertex;
mod view;
mod writer;

pub use capability::{Capability, Release};
pub use digest::Digest;
pub use exec::{
    Access, Argv, Bind, Cache, ContentCache, Device, Env, Exec, ExtraHost, Mount, MountKind, Network, Proxy,
    Secret, SecretEnv, Security, Sharing, Ssh, Ulimit,
};
pub use file::{Action, Copy, File, MkDir, MkFile, Mode, Owner, Principal, Rm, Symlink, Timestamp, Wildcard};
pub use graph::Graph;
pub use import::ImportError;
pub use imported_definition::ImportedDefinition;
pub use location::{Location, Position, Range, SourceInfo};
pub use merge::{Diff, Merge};
pub use metadata::{Limits, Metadata, ProgressGroup};
pub use operation::{FieldOrder, Operation};
pub use platform::Platform;
pub use source::{
    BlobSource, BlobStore, Differ, GitMtime, GitRemote, GitSignature, GitSource, HttpSignature, HttpSource,
    ImageSource, LocalIdentity, LocalSource, OciLayoutSource, RecordType, ResolveMode, normalize_reference,
};
pub use vertex::{Output, Vertex};
pub use view::{dot, dump, json, nodes};

pub use buildkit_proto::pb::Definition;
