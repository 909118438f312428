//! Definitions for people and for programs: a block of text, a node of a graph, or an object per operation. Takes definitions
//! from anywhere.

mod dot;
mod dump;
mod exec;
mod file;
mod json;
mod metadata;
mod nodes;
mod summarize;
mod summary;
mod text;

pub use dot::dot;
pub use dump::dump;
pub use json::json;
pub use nodes::nodes;
