//! Tests of the whole repository that need no engine: documents, examples, licences, dependencies between crates. Each file of this folder
//! is a module of this program.

#![cfg(test)]

mod book;
mod ci;
mod compatibility;
mod dependencies;
mod docs;
mod dynamo;
mod edits;
mod encodings;
mod families;
mod file_cycles;
mod iree;
mod itwinai;
mod large_family;
mod layers;
mod licences;
mod places;
mod long;
mod plans;
mod rapids;
mod readme;
mod recipes;
mod renovate;
mod schema;
mod sharing;
mod side_by_side;
mod suites;
mod therock;
