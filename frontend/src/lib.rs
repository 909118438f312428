//! The glue of the varve frontend: what the language describes, carried out by BuildKit.
//!
//! The language (`varve-spec`) knows nothing of BuildKit; the graph (`buildkit-llb`) and the bridge (`buildkit-gateway`) know
//! nothing of the language. Here they meet:
//!
//! ```text
//! session -load-> Sources -read, select, plan-> Plan -resolve-> Facts -lower-> Graph + Config -solve-> Ref -finish-> Outcome
//! ```
//!
//! Only [`build`] and what it calls before and after lowering talks to the daemon; [`lower()`] is a pure function. Nothing here
//! prints: standard output is the wire.

mod bake;
mod build;
mod build_file;
pub mod checker;
mod checks;
pub mod cli;
mod client;
mod config;
mod context;
mod dockerfile;
mod dockerfile_text;
mod epoch;
mod git_url;
mod history;
mod ignore;
mod limits;
mod locked;
mod lower;
mod main_context;
mod missing;
mod named;
mod offline;
mod outcome;
mod platform;
mod report;
mod resolve;
mod sbom;
mod serve;
mod settings;
mod subrequest;
mod systems;
mod vcs;
mod view;

pub use build::build;
pub use config::Config;
pub use context::context_paths;
pub use dockerfile::DockerfileKey;
pub use epoch::Epoch;
pub use lower::{Checker, Facts, Lacking, Lowered, LoweredCheck, ToldStage, ToldStep, lower};
pub use platform::{llb_platform, spec_platform};
pub use resolve::{BaseImage, BaseSource, ImageKey, image_keys};
pub use serve::serve;
pub use settings::Settings;
