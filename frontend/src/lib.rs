//! The varve frontend: turns an `image.yaml` into a build that BuildKit runs.
//!
//! The language (`varve-spec`) does not know BuildKit, and neither the graph (`buildkit-llb`) nor the bridge (`buildkit-gateway`)
//! knows the language. This crate connects them:
//!
//! ```text
//! Session -load-> Sources -plan-> Plan -resolve-> facts -lower-> Graph + Config -solve-> Ref -finish-> Outcome
//! ```
//!
//! The modules are listed in the order of the data. Each of them imports only modules before it:
//!
//! | module | it has |
//! |---|---|
//! | `util` | paths, texts, diagnostics as BuildKit's errors |
//! | `image_config` | the configuration of an image and its history |
//! | `request` | the options of the client as settings of every step |
//! | `facts` | pure types of what must be known before lowering: images, stages of Dockerfiles |
//! | `inputs` | what varve asks the daemon for: the build file, contexts, images, distributions |
//! | `lower` | a pure function from a plan and its facts to operations |
//! | `render` | a lowered build as JSON, text, a Dockerfile or a bake file |
//! | `subrequests` | answers to `--call` |
//! | `build` | the whole build: the driver, its facts with a daemon and without one, solving, the result |
//!
//! Only `inputs` and `build` talk to the daemon. Nothing here reads the environment or prints: standard output is the connection
//! to the daemon.
//!
//! A build against a daemon in memory:
//!
//! ```
//! use std::collections::BTreeMap;
//! use buildkit_gateway::{FakeBridge, Session};
//!
//! let text = "stages: {app: {from: scratch, steps: [{file: /motd, content: hello}]}}\n";
//! let daemon = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text);
//! let opts = BTreeMap::from([("filename".to_owned(), "image.yaml".to_owned())]);
//! let session = Session { opts, id: "session".to_owned(), ..Session::default() };
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
//! let outcome = runtime.block_on(varve_frontend::build(&daemon, &session)).expect("no mistakes");
//! assert!(outcome.metadata.contains_key("containerimage.config"));
//! assert_eq!(daemon.definitions().len(), 2, "one loads the build file, one is the image");
//! ```

mod util;
mod image_config;
mod request;
mod facts;
mod inputs;
mod lower;
pub mod render;
pub mod subrequests;
mod build;

pub use build::build;
pub use build::build_facts::BuildError;
pub use build::lowered_build::{LoweredBuild, LoweredPlatform};
pub use build::offline_facts::{OfflineRequest, lower_offline};
pub use build::planning::Explained;
pub use build::rootfs_program::named_frontend;
pub use build::serve::serve;
pub use facts::attempts::Attempts;
pub use facts::dockerfiles::DockerfileKey;
pub use facts::images::{BaseImage, BaseSource, ImageKey, image_keys};
pub use image_config::config::Config;
pub use inputs::build_file::lock_name;
pub use inputs::context::context_paths;
pub use inputs::ignore::{IgnoreFile, InvalidIgnoreFile};
pub use lower::{
    LowerInputs, Lowered, LoweredRootfsTest, OnUnknown, RootfsProgram, RunTests, StageRecord, StepRecord,
    lower,
};
pub use request::epoch::Epoch;
pub use request::settings::{Settings, family_args, passed_args};
