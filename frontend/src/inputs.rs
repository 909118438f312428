//! Inputs of a build, from the daemon: the build file and what it includes, contexts, images, distributions, commits, the lock.

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
