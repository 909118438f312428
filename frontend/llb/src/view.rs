//! Definitions for people: a block of text, or a graph, per operation. Takes definitions from anywhere.

mod block;
mod dot;
mod dump;
mod exec;
mod file;
mod metadata;
mod text;

pub use dot::dot;
pub use dump::dump;
