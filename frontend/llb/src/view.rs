//! Views of definitions: text, Graphviz and JSON. They accept definitions that any program made.

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
