//! The LLB bridge of BuildKit: how a frontend talks to the daemon that runs it.
//!
//! A frontend is a program that BuildKit starts to turn a build file into operations. It asks the daemon to solve
//! them, reads files of the results, and returns a result or an error, by gRPC over its standard input and output.
//! This crate has that conversation as a trait, [`Bridge`], with two sides: [`GrpcBridge`] speaks to a daemon, and `FakeBridge`
//! plays one, so that a frontend can be tested without any. Beside it: the facts a frontend is started with
//! ([`Session`], [`Options`]), errors as BuildKit passes them on ([`Status`]), platforms by their names
//! ([`Platform`]).
//!
//! The crate knows no build language and builds no operations: a definition goes through it as it is. It reads no
//! environment, prints nothing and has no clock; standard output belongs to the wire.
//!
//! ```
//! use buildkit_gateway::{Bridge, FakeBridge, Outcome, Solve, Status};
//! # use buildkit_proto::pb::Definition;
//!
//! async fn build(bridge: &impl Bridge, build_file: Definition) -> Result<Outcome, Status> {
//!     let solved = bridge.solve(Solve::definition(&build_file)).await?.single()?;
//!     let Some(files) = solved else { return Err(Status::user("the context is empty")) };
//!     match bridge.read_file_if_exists(&files, "image.yaml").await? {
//!         Some(_) => Ok(Outcome::default()),
//!         None => Err(Status::user("found no image.yaml")),
//!     }
//! }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//!
//! let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", "stages: {}");
//! let outcome = build(&fake, FakeBridge::definition_of("local://dockerfile")).await;
//! assert_eq!(outcome, Ok(Outcome::default()));
//! # });
//! ```
//!
//! The protocol is BuildKit's `frontend/gateway/pb/gateway.proto`; documentation below names the files of
//! `github.com/moby/buildkit` that a fact was read from.

mod bridge;
mod capability;
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
pub use platform::{InvalidPlatform, Platform};
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
