//! The integration tests of this crate, as one program: each file of this folder is a module of it. All archives are created in
//! memory, and `made.rs` writes them to a temporary folder.

#![cfg(test)]

mod made;

mod config;
mod files;
mod forms;
mod hostile;
mod images;
mod output;
mod whiteouts;
