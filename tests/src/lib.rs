//! The harness: a real engine, and what the tests ask of it.

pub mod command;
pub mod digest;
pub mod engine;
pub mod machine;
pub mod progress;
