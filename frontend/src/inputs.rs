//! Inputs of a build that the daemon is asked for: the build file and the files that it includes, contexts, images,
//! distributions, commits, the lock file.
//!
//! Each file of this room asks one kind of question. The order of the questions is the driver's (`build/driver.rs`).

pub(crate) mod build_file;
pub(crate) mod client;
pub(crate) mod context;
pub(crate) mod distributions;
pub(crate) mod dockerfiles;
pub(crate) mod ignore;
pub(crate) mod images;
pub(crate) mod lock_file;
pub(crate) mod main_context;
pub(crate) mod named_contexts;
pub(crate) mod vcs;
