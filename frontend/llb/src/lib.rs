#![doc = include_str!("../README.md")]

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
pub use operation::{FieldOrder, Operation, Read};
pub use source::{
    BlobSource, BlobStore, Differ, GitSignature, GitSource, HttpSignature, HttpSource, ImageSource,
    LocalIdentity, LocalSource, OciLayoutSource, RecordType, ResolveMode,
};
pub use vertex::{Output, Vertex};
pub use view::{dot, dump, json, nodes};

pub use buildkit_names::{GitMtime, GitUrl, Platform, Reference};
pub use buildkit_proto::pb::Definition;
