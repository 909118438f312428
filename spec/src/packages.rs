//! What the steps `packages`, `repository` and `account` do on each distribution: recipes and scripts over the plan.
//!
//! This layer knows package managers and distributions. It knows nothing of how a step becomes an operation of a graph.

pub mod account;
pub(crate) mod distribution;
pub mod install;
pub mod repository;
