//! Inputs of a build, which varve asks the daemon for: the build file and its includes, contexts, images, distributions, commits
//! and the lock.
//!
//! Each file of this module reads one kind of input. The driver (`build/driver.rs`) decides the order.

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
