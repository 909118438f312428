//! The test harness: starts a real engine, and runs builds and containers on it.
//!
//! ```no_run
//! use varve_tests::{Build, Engine, compare, oracle};
//!
//! # fn main() -> anyhow::Result<()> {
//! let engine = Engine::get()?; // up, with base images and the frontend of the current sources
//!
//! // A build: files of the context, options, then one of run, image, images, load, output, call.
//! let build = Build::yaml("# syntax=varve/frontend:dev\nstages: {...}")
//!     .with("src/a.txt", "content")
//!     .arg("device", "cpu")
//!     .target("runtime");
//! let outcome = build.run(engine)?.success()?; // or .failure()? for its output
//! assert!(outcome.worked().is_empty(), "all is cached: {:?}", outcome.vertices);
//!
//! // An image taken apart: configuration, layers, file system.
//! let image = build.image(engine)?;
//! assert_eq!(image.tree.get("/a.txt").map(|node| node.mode), Some(0o644));
//!
//! // The engine's own Dockerfile frontend as the oracle.
//! let theirs = Build::dockerfile("FROM scratch\nCOPY src /").with("src/a.txt", "content").image(engine)?;
//! assert_eq!(compare(&image, &theirs), [""; 0]);
//! assert_eq!(oracle::differences(engine, &Build::default(), "...", "FROM scratch")?, [""; 0]);
//!
//! // Runs a container of the image, and a subrequest.
//! assert_eq!(build.load(engine)?.run(&["cat", "/a.txt"])?.success()?, "content");
//! let matrix = build.call(engine, "matrix,format=json")?.success()?.stdout;
//! # Ok(())
//! # }
//! ```
//!
//! Base images on every engine: `varve.test/debian:12` and `:13`, and `varve.test/python:12` and `:13` with Python, venv
//! and pip. Packages of apt and pip are reached in a step as they are on the machine.

pub mod actions;
pub mod build;
pub mod buildah;
pub mod changing;
pub mod command;
pub mod compare;
pub mod container;
pub mod demo;
pub mod digest;
pub mod engine;
pub mod exclusive;
pub mod export;
pub mod http;
pub mod image;
pub mod imports;
pub mod large;
pub mod layers;
pub mod leak;
pub mod machine;
pub mod member;
pub mod oracle;
pub mod outcome;
pub mod pair;
pub mod progress;
pub mod recipes;
pub mod registry;
pub mod remote_builder;
pub mod running;
pub mod site;
pub mod spare;
pub mod stamp;
pub mod work;
pub mod workflow;

pub use actions::ActionsCache;
pub use build::Build;
pub use buildah::Buildah;
pub use compare::compare;
pub use container::{Loaded, Ran};
pub use engine::Engine;
pub use exclusive::Exclusive;
pub use image::read_images;
pub use outcome::{Outcome, Vertex, Warning};
pub use pair::Pair;
pub use registry::Registry;
pub use remote_builder::RemoteBuilder;
pub use running::Running;
pub use site::Site;
pub use spare::Spare;
pub use stamp::stamp;
pub use varve_compare::{Image, Kind, Layer, Node, Tree};
