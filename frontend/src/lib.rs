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

mod util;
mod image_config;
mod request;
mod facts;
mod inputs;
mod lower;
pub mod render;
pub mod subrequests;
mod build;

pub use build::LoweredBuild;
pub use build::build;
pub use build::offline::{OfflineRequest, Refusal, offline};
pub use build::serve::serve;
pub use facts::dockerfiles::DockerfileKey;
pub use facts::images::{BaseImage, BaseSource, ImageKey, image_keys};
pub use image_config::config::Config;
pub use inputs::build_file::lock_name;
pub use inputs::context::context_paths;
pub use inputs::named_contexts::familiar;
pub use lower::{Checker, LowerInputs, Lowered, LoweredCheck, OnUnknown, StageRecord, StepRecord, lower};
pub use request::epoch::Epoch;
pub use request::settings::Settings;
pub use util::platform::{llb_platform, spec_platform};
