#![doc = include_str!("../README.md")]

mod bridge;
mod capability;
mod declared;
mod detail;
#[cfg(feature = "testing")]
mod fake_bridge;
mod file;
mod frontend_caps;
mod grpc_bridge;
mod grpc_code;
mod lenient;
mod location;
mod options;
mod outcome;
mod platform;
mod pong;
mod refs;
mod session;
mod solve;
mod solved;
mod source;
mod status;
mod warning;
mod worker;

pub use buildkit_names::{InvalidPlatform, InvalidReference, Platform, Reference};

pub use bridge::Bridge;
pub use capability::{Capabilities, CapabilitySet, CapabilityState, MissingCapability};
pub use detail::Detail;
#[cfg(feature = "testing")]
pub use fake_bridge::{Call, FakeBridge, Rpc};
pub use file::{ByteRange, FileKind, Stat};
pub use frontend_caps::check_frontend_caps;
pub use grpc_bridge::GrpcBridge;
pub use grpc_code::GrpcCode;
pub use location::{Position, Range, SourceFile, SourceRange};
pub use options::{
    HostIp, InputMetadata, InvalidOption, NamedContext, Network, NoCache, Options, Resources, Sbom, Ulimit,
    parse_bool,
};
pub use outcome::{Attestation, AttestationKind, Outcome, Subject, platforms_json};
pub use pong::Pong;
pub use refs::{Ref, Refs};
pub use session::Session;
pub use solve::{CacheImport, Evaluate, Solve, SolveInput};
pub use solved::Solved;
pub use source::{
    GitMeta, HttpMeta, ImageMeta, ImageRequest, ImageStore, ResolveMode, ResolvedImage, Source, SourceMeta,
    SourceRequest,
};
pub use status::Status;
pub use warning::Warning;
pub use worker::Worker;
