//! The scripts and files of the steps `packages`, `repository` and `account`, for each package manager and distribution.
//!
//! This layer does not know how a step becomes an operation of a graph.

pub mod account;
pub(crate) mod distribution;
pub mod install;
pub mod join;
pub mod repository;
